"""Looks at pods by their very name, where an ordinal is missing and nothing says why.

The watch of pods is narrowed to those that the controller has labelled, so that somebody else's pod is on no watch, and
neither is one that lost the label; its name is taken all the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.objects.kinds import NAMED_PODS
from stsview.objects.meta import Key, ObjectMeta
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch, Deleted

MOST_AT_ONCE = 20
"""How many are looked at in one round; of more, those that were not looked at for longest."""

_QUIET_SECONDS = 60.0
"""How long not to ask again after a refusal."""

_ANSWER_SECONDS = 5.0

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""Names of pods are DNS subdomains; what is none has no place in a path."""


class PodReads:
    """The looks at one cluster. Tells what each brought as changes of NAMED_PODS, and what is not looked at any more as
    deleted; a pod without uid says that there is none of that name.

    `sought` names the pods that are worth a look.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        sought: Callable[[], Sequence[Key]],
        on_batch: Callable[[Batch], None],
    ) -> None:
        self._session = session
        self._clock = clock
        self._sought = sought
        self._on_batch = on_batch
        self._held: dict[Key, Pod] = {}
        self._looked: dict[Key, float] = {}
        self._quiet_until: float | None = None
        self._stopped = False

    def stop(self) -> None:
        """Tell nothing any more, not even what a look under way brings."""
        self._stopped = True

    def retry(self) -> None:
        """Ask again with the next look, also after a refusal."""
        self._quiet_until = None

    async def look(self) -> bool:
        """Look once at those whose turn it is; returns whether any is sought, so that it is to be called again after a
        while. Raises nothing but faults of ours."""
        sought = [key for key in self._sought() if _NAME.fullmatch(key.name) and _NAME.fullmatch(key.namespace)]
        self._forget(sought)
        now = self._clock.monotonic()
        if sought and (self._quiet_until is None or now >= self._quiet_until):
            pod_step = sorted(sought, key=lambda key: self._looked.get(key, -1.0))[:MOST_AT_ONCE]
            self._looked.update(dict.fromkeys(pod_step, now))
            await self._round(pod_step)
        return bool(sought)

    async def _round(self, keys: Sequence[Key]) -> None:
        found = await asyncio.gather(*(self._get(key) for key in keys))
        if self._stopped:
            return
        if any(isinstance(one, Forbidden) for one in found):
            self._quiet_until = self._clock.monotonic() + _QUIET_SECONDS
        pods = [one for one in found if isinstance(one, Pod)]
        self._held.update((pod.metadata.key, pod) for pod in pods)
        if pods:
            self._on_batch(Batch(NAMED_PODS, tuple(map(Applied, pods))))

    async def _get(self, key: Key) -> Pod | ClusterError:
        path = NAMED_PODS.path(key.namespace, key.name)
        try:
            found = await self._session.get_json(path, NAMED_PODS.decoder, read_seconds=_ANSWER_SECONDS)
        except NotFound:
            return Pod(metadata=ObjectMeta(name=key.name, namespace=key.namespace))
        except ClusterError as error:
            return error
        assert isinstance(found, Pod)  # noqa: S101 - the decoder knows no other
        return found

    def _forget(self, sought: Sequence[Key]) -> None:
        still = set(sought)
        found = [key for key in self._held if key not in still]
        gone = [self._held.pop(key) for key in found]
        self._looked = {key: at for key, at in self._looked.items() if key in still}
        if gone:
            self._on_batch(Batch(NAMED_PODS, tuple(map(Deleted, gone))))
