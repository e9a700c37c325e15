"""The credentials to send, and new ones when they expire or are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from stsview.clock import Clock
from stsview.cluster.auth.exec_credential import IssuedCredentials
from stsview.cluster.auth.exec_plugin import PluginFailed, plugin_name, run_exec_plugin
from stsview.cluster.auth.tokens import BearerToken
from stsview.cluster.config import ClusterConfig, Credentials, ExecPlugin
from stsview.cluster.errors import LoginFailed

EARLY_SECONDS = 60.0
"""How long before they expire new credentials are fetched; less for those that live only minutes."""

SETTLED_SECONDS = 60.0
"""Credentials that were good for this long were good: when they are refused, new ones are worth a try at once."""

FIRST_SPACING_SECONDS = 5.0
LONGEST_SPACING_SECONDS = 300.0
"""Between runs of a plugin that do not help: some open a window of the browser each time."""


class Login(Protocol):
    @property
    def waiting_for(self) -> str:
        """What every request waits for at the moment; empty: nothing."""

    async def current(self) -> IssuedCredentials:
        """The credentials to send now, empty where there are none to send. Raises `LoginFailed`."""

    async def renew(self, refused: IssuedCredentials) -> bool:
        """The server refused these (401); returns whether `current` gives others by now. Raises `LoginFailed`."""

    def accepted(self, used: IssuedCredentials) -> None:
        """The server took these."""

    def reset_backoff(self) -> None:
        """Somebody asks for another try now, however often it failed before."""

    async def close(self) -> None:
        """End what is under way; who waits for it gets `LoginFailed`."""


def login_for(config: ClusterConfig, clock: Clock, now: Callable[[], datetime], seconds: float) -> Login:
    """`now` is the server's time, by which credentials expire; `seconds` how long a plugin may take."""
    if not config.confidential:
        return TokenLogin(Credentials())
    if config.credentials.exec is not None:
        return PluginLogin(config, config.credentials.exec, clock, now, seconds)
    return TokenLogin(config.credentials)


class TokenLogin:
    """A token of the kubeconfig, or one in a file."""

    def __init__(self, credentials: Credentials) -> None:
        self._bearer = BearerToken(credentials)

    @property
    def waiting_for(self) -> str:
        return ""

    async def current(self) -> IssuedCredentials:
        return IssuedCredentials(self._bearer.current())

    async def renew(self, refused: IssuedCredentials) -> bool:
        return self._bearer.renew(refused.token)

    def accepted(self, used: IssuedCredentials) -> None:
        pass

    def reset_backoff(self) -> None:
        pass

    async def close(self) -> None:
        pass


class PluginLogin:
    """Credentials from an exec plugin, kept until shortly before they expire or until the server refuses them.

    However many requests wait for it, the plugin runs once at a time. A 401 makes it run at once only if its
    credentials had been good for a while; else, and after each failure, it may run again after 5 s, 10 s, … 5 min.
    Credentials that had expired when they came are sent nevertheless: a clock is wrong, and the server knows.
    """

    def __init__(
        self, config: ClusterConfig, plugin: ExecPlugin, clock: Clock, now: Callable[[], datetime], seconds: float
    ) -> None:
        self._config = config
        self._plugin = plugin
        self._clock = clock
        self._now = now
        self._seconds = seconds
        self._issued: IssuedCredentials | None = None
        self._early: float | None = None
        """Seconds before their expiry at which they are renewed; None: they do not expire, as far as one can tell."""
        self._accepted_at: float | None = None
        self._failure = ""
        self._spacing = FIRST_SPACING_SECONDS
        self._not_before = clock.monotonic()
        self._credit = True
        self._refused = False
        """The run that is under way was caused by a 401."""
        self._run: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting_for(self) -> str:
        return plugin_name(self._plugin, self._config) if self._run is not None else ""

    async def current(self) -> IssuedCredentials:
        if self._issued is None or self._expires_within(self._early):
            if self._run is not None or self._clock.monotonic() >= self._not_before:
                await self._fetch()
            if self._failure and (self._issued is None or self._expires_within(0.0)):
                raise self._failed()
        assert self._issued is not None  # noqa: S101 - the plugin brought some, or there was a failure
        return self._issued

    async def renew(self, refused: IssuedCredentials) -> bool:
        if self._run is None and self._issued is refused:
            now = self._clock.monotonic()
            if self._accepted_at is not None and now - self._accepted_at >= SETTLED_SECONDS:
                self._credit, self._spacing = True, FIRST_SPACING_SECONDS
            self._accepted_at = None
            if not self._credit and now < self._not_before:
                if self._failure:
                    raise self._failed()
                return False
            self._credit = False
            self._refused = True
            await self._fetch()
        elif self._run is not None:
            await self._fetch()
        if self._failure and self._issued is refused:
            raise self._failed()
        return self._issued is not None and self._issued != refused

    def accepted(self, used: IssuedCredentials) -> None:
        if used is self._issued and self._accepted_at is None:
            self._accepted_at = self._clock.monotonic()

    def reset_backoff(self) -> None:
        self._credit, self._spacing, self._not_before = True, FIRST_SPACING_SECONDS, self._clock.monotonic()

    async def close(self) -> None:
        self._closed = True
        if self._run is not None:
            self._run.cancel()
            await asyncio.wait((self._run,))

    async def _fetch(self) -> None:
        """Run the plugin, or wait until the run that is under way has ended; what came of it is kept."""
        if self._closed:
            raise LoginFailed(f"the session with {self._config.address} has ended")
        if self._run is None:
            self._run = asyncio.create_task(self._ask(), name="exec plugin")
        run = self._run
        # Whoever is cancelled while waiting does not end it for the others.
        await asyncio.wait((run,))
        if run.cancelled():
            raise LoginFailed(f"the session with {self._config.address} has ended")
        run.result()

    async def _ask(self) -> None:
        refused, self._refused = self._refused, False
        try:
            issued = await run_exec_plugin(self._plugin, self._config, self._seconds)
        except PluginFailed as error:
            self._failure = str(error)
            self._space()
        except BaseException:
            self._space()
            raise
        else:
            self._failure = ""
            if refused:
                # Nobody knows yet whether the server likes these better.
                self._space()
            else:
                self._spacing, self._not_before = FIRST_SPACING_SECONDS, self._clock.monotonic() + 1.0
            left = (issued.expires - self._now()).total_seconds() if issued.expires is not None else 0.0
            self._early = min(EARLY_SECONDS, left / 5) if left > 0 else None
            if issued != self._issued:
                self._issued, self._accepted_at = issued, None
        finally:
            self._run = None

    def _space(self) -> None:
        self._not_before = self._clock.monotonic() + self._spacing
        self._spacing = min(self._spacing * 2, LONGEST_SPACING_SECONDS)

    def _failed(self) -> LoginFailed:
        return LoginFailed(self._failure, max(0.0, self._not_before - self._clock.monotonic()))

    def _expires_within(self, seconds: float | None) -> bool:
        if self._issued is None or self._issued.expires is None or seconds is None or self._early is None:
            return False
        return (self._issued.expires - self._now()).total_seconds() <= seconds
