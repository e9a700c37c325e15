"""The credentials to send, renewed when they expire or are rejected."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from stsview.clock import Clock
from stsview.cluster.auth.exec_credential import IssuedCredentials
from stsview.cluster.auth.redaction import remember_secrets
from stsview.cluster.auth.tokens import BearerToken
from stsview.cluster.config import ClusterConfig, Credentials, ExecPlugin
from stsview.cluster.errors import LoginFailed

_log = logging.getLogger(__name__)

PLUGIN_SECONDS = 60.0
"""How long a plugin may take; it may wait for a code or a browser login."""

EARLY_SECONDS = 60.0
"""How long before expiry credentials are renewed; less for those that are valid for minutes only."""

VALID_SECONDS = 60.0
"""Credentials that were accepted for this long were valid: after a 401 the plugin may run again at once."""

FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 300.0
"""Delay between plugin runs that fail or do not help: some plugins open a browser window each time."""


class Login(Protocol):
    """A source of credentials."""

    @property
    def waiting_for(self) -> str:
        """What requests wait for now, such as a plugin; empty: nothing."""

    async def current(self) -> IssuedCredentials:
        """The credentials to send now; empty ones where none are configured.

        Raises `LoginFailed`.
        """

    async def renew(self, refused: IssuedCredentials) -> bool:
        """Replace credentials that the server rejected (401).

        Returns whether `current` now differs.

        Raises `LoginFailed`.
        """

    def accepted(self, used: IssuedCredentials) -> None:
        """Note that the server accepted these credentials."""

    def reset_backoff(self) -> None:
        """Let the next request log in at once, however often that failed before."""

    async def close(self) -> None:
        """Stop a login in progress; requests that wait for it get `LoginFailed`."""


def login_for(config: ClusterConfig, clock: Clock, now: Callable[[], datetime], seconds: float) -> Login:
    """The login for `config`.

    `now` is the server's time, by which credentials expire; a plugin may take `seconds`.
    """
    if not config.confidential:
        return TokenLogin(Credentials())
    if config.credentials.exec is not None:
        return PluginLogin(config, config.credentials.exec, clock, now, seconds)
    return TokenLogin(config.credentials)


class TokenLogin:
    """A token from the kubeconfig or from a file."""

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
    """Credentials from an exec plugin, until they nearly expire or are rejected.

    The plugin runs once at a time, however many requests wait for it. After a 401 it runs at once only if its
    credentials had been accepted for a while; otherwise, and after each failure, it waits 5 s, 10 s, … 5 min.
    Credentials that are already expired when they arrive are sent all the same: some clock is wrong, and the server
    decides.
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
        """Seconds before expiry at which to renew; None: they do not expire, or the clocks disagree."""
        self._accepted_at: float | None = None
        self._failure = ""
        self._delay = FIRST_DELAY_SECONDS
        self._not_before = clock.monotonic()
        self._may_run_at_once = True
        self._refused = False
        """Whether a 401 caused the current run."""
        self._run: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting_for(self) -> str:
        if self._run is None:
            return ""
        from stsview.cluster.auth.exec_plugin import plugin_name

        return plugin_name(self._plugin, self._config)

    async def current(self) -> IssuedCredentials:
        if self._issued is None or self._expires_within(self._early):
            if self._run is not None or self._clock.monotonic() >= self._not_before:
                await self._fetch()
            if self._failure and (self._issued is None or self._expires_within(0.0)):
                raise self._failed()
        assert self._issued is not None  # noqa: S101 - the plugin returned some, or it failed
        return self._issued

    async def renew(self, refused: IssuedCredentials) -> bool:
        if self._run is None and self._issued is refused:
            now = self._clock.monotonic()
            if self._accepted_at is not None and now - self._accepted_at >= VALID_SECONDS:
                self._may_run_at_once, self._delay = True, FIRST_DELAY_SECONDS
            self._accepted_at = None
            if not self._may_run_at_once and now < self._not_before:
                if self._failure:
                    raise self._failed()
                return False
            self._may_run_at_once = False
            self._refused = True
            _log.debug("credentials rejected (401): running the exec plugin again")
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
        self._may_run_at_once, self._delay, self._not_before = True, FIRST_DELAY_SECONDS, self._clock.monotonic()

    async def close(self) -> None:
        self._closed = True
        if self._run is not None:
            self._run.cancel()
            await asyncio.wait((self._run,))

    async def _fetch(self) -> None:
        """Run the plugin, or wait for the current run; keeps the result."""
        if self._closed:
            raise LoginFailed(f"the session with {self._config.address} is closed")
        if self._run is None:
            self._run = asyncio.create_task(self._run_plugin(), name="exec plugin")
        run = self._run
        # A caller that is cancelled while waiting does not stop the run for the others.
        await asyncio.wait((run,))
        if run.cancelled():
            raise LoginFailed(f"the session with {self._config.address} is closed")
        run.result()

    async def _run_plugin(self) -> None:
        # Not with the first frame, which appears before the first request.
        from stsview.cluster.auth.exec_plugin import PluginFailed, run_exec_plugin

        refused, self._refused = self._refused, False
        try:
            issued = await run_exec_plugin(self._plugin, self._config, self._seconds)
        except PluginFailed as error:
            self._failure = str(error)
            self._postpone()
            _log.debug("exec plugin failed, next run in %.0f s: %s", self._not_before - self._clock.monotonic(), error)
        except BaseException:
            self._postpone()
            raise
        else:
            self._failure = ""
            if refused:
                # Not known yet whether the server accepts these.
                self._postpone()
            else:
                self._delay, self._not_before = FIRST_DELAY_SECONDS, self._clock.monotonic() + 1.0
            left = (issued.expires - self._now()).total_seconds() if issued.expires is not None else 0.0
            self._early = min(EARLY_SECONDS, left / 5) if left > 0 else None
            remember_secrets((issued.token,))
            _log.debug("exec plugin returned credentials, valid until %s", issued.expires or "the server rejects them")
            if issued != self._issued:
                self._issued, self._accepted_at = issued, None
        finally:
            self._run = None

    def _postpone(self) -> None:
        self._not_before = self._clock.monotonic() + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY_SECONDS)

    def _failed(self) -> LoginFailed:
        return LoginFailed(self._failure, max(0.0, self._not_before - self._clock.monotonic()))

    def _expires_within(self, seconds: float | None) -> bool:
        if self._issued is None or self._issued.expires is None or seconds is None or self._early is None:
            return False
        return (self._issued.expires - self._now()).total_seconds() <= seconds
