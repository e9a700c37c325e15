"""What the containers of the simulated cluster write: what happens to them, and small talk.

Nothing is written that nobody reads: of each run only its turns are kept, and its log is told when it is first asked
for, with what it would have said until then.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.log_generators import LogGenerator, log_generator_for
from stsview.simulator.nodes.pod_status import ContainerRun

LISTENING = 600.0
"""Seconds for which a container goes on talking after somebody asked for its log."""

_PAST_TALK = 240
"""Lines of small talk that a container has behind it, at most, when its log is first asked for."""

_BETWEEN = timedelta(milliseconds=40)
"""From line to line of what is said in one go."""


class RunKey(NamedTuple):
    uid: str
    container: str


@dataclass
class _Run:
    """One run of a container."""

    pod: Object
    name: str
    image: str
    number: int
    pod_steps: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    """What it says at each turn of its life."""
    talks_from: datetime | None = None
    """Since when it has time for small talk."""
    ended: bool = False
    told: LogBuffer | None = None


class Logs:
    """The current and the previous run of each container."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._current: dict[RunKey, _Run] = {}
        self._previous: dict[RunKey, _Run] = {}
        self._containers: dict[str, set[str]] = {}
        self._listened_until: dict[RunKey, float] = {}

    def of(self, uid: str, container: str, *, previous: bool) -> LogBuffer | None:
        key = RunKey(uid, container)
        run = (self._previous if previous else self._current).get(key)
        if run is None:
            return None
        if run.told is None:
            run.told = self._tell(key, run)
        if not previous and not run.ended:
            self._listened_until[key] = self._engine.timeline.monotonic() + LISTENING
            self._engine.wake(self, key)
        return run.told

    def began(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        uid = pod["metadata"]["uid"]
        for one in containers:
            key = RunKey(uid, one.name)
            self._containers.setdefault(uid, set()).add(one.name)
            if key in self._current:
                self._previous[key] = self._current[key]
            run = self._current[key] = _Run(pod, one.name, one.image, one.restarts)
            self._say(key, run, log_generator_for(one.image).starts)

    def served(self, pod: Object, containers: Sequence[ContainerRun], *, ready: bool) -> None:
        for key, run, voice in self._runs(pod, containers):
            run.talks_from = run.talks_from or self._engine.timeline.now()
            self._say(key, run, (voice.ready if ready else voice.unready,))

    def failed(self, pod: Object, containers: Sequence[ContainerRun], code: int) -> None:
        for key, run, voice in self._runs(pod, containers):
            # Who is killed for the memory that it takes has no last words.
            self._end(key, run, () if code == 137 else tuple(line.replace("{code}", str(code)) for line in voice.fails))

    def ended(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        for key, run, voice in self._runs(pod, containers):
            self._end(key, run, voice.ends)

    def forget(self, uid: str) -> None:
        """The pod is gone, and its logs with it."""
        for container in self._containers.pop(uid, ()):
            for runs in (self._current, self._previous):
                run = runs.pop(RunKey(uid, container), None)
                if run is not None and run.told is not None:
                    run.told.close()

    def reconcile(self, key: RunKey) -> float | None:
        now = self._engine.timeline.monotonic()
        run = self._current.get(key)
        if run is None or run.ended or run.told is None or now >= self._listened_until.get(key, 0.0):
            return None
        dice = random.Random(f"{key.uid}/{run.number}/{len(run.told.lines)}")
        if run.talks_from is not None and (talks := log_generator_for(run.image).talks):
            run.told.append(*self._line(run, _talk(talks, dice), self._engine.timeline.now(), dice))
        return 0.5 + 3 * dice.random()

    def _runs(self, pod: Object, containers: Sequence[ContainerRun]) -> Iterator[tuple[RunKey, _Run, LogGenerator]]:
        for one in containers:
            key = RunKey(pod["metadata"]["uid"], one.name)
            run = self._current.get(key)
            if run is not None and not run.ended:
                yield key, run, log_generator_for(run.image)

    def _say(self, key: RunKey, run: _Run, lines: tuple[str, ...]) -> None:
        now = self._engine.timeline.now()
        lines = tuple(line for line in lines if line)
        if run.told is None:
            run.pod_steps.append((now, lines))
            return
        dice = random.Random(f"{key.uid}/{run.number}/{now}")
        for line in lines:
            run.told.append(*self._line(run, line, now, dice))

    def _end(self, key: RunKey, run: _Run, lines: tuple[str, ...]) -> None:
        self._say(key, run, lines)
        run.ended = True
        if run.told is not None:
            run.told.close()

    def _tell(self, key: RunKey, run: _Run) -> LogBuffer:
        """All that the run has said so far."""
        dice = random.Random(f"{key.uid}/{run.number}")
        now = self._engine.timeline.now()
        said: list[tuple[datetime, str]] = []
        at = run.pod_steps[0][0]
        for when, lines in run.pod_steps:
            at = max(at, when)
            for line in lines:
                said.append((min(now, at), line))
                at += _BETWEEN
        if run.talks_from is not None:
            said += self._past_talk(run, run.talks_from, run.pod_steps[-1][0] if run.ended else now, dice)
        said.sort(key=lambda pod_step: pod_step[0])
        buffer = LogBuffer()
        for when, line in said:
            buffer.append(*self._line(run, line, when, dice))
        if run.ended:
            buffer.close()
        return buffer

    def _past_talk(
        self, run: _Run, since: datetime, until: datetime, dice: random.Random
    ) -> Iterator[tuple[datetime, str]]:
        talks = log_generator_for(run.image).talks
        for _ in range(_PAST_TALK if talks else 0):
            until -= timedelta(seconds=0.5 + 3 * dice.random())
            if until <= since:
                return
            yield until, _talk(talks, dice)

    def _line(self, run: _Run, line: str, when: datetime, dice: random.Random) -> tuple[datetime, str]:
        metadata = run.pod["metadata"]
        parent = metadata.get("generateName", "peer-")
        name, namespace = metadata["name"], metadata["namespace"]
        claims = (volume.get("persistentVolumeClaim") for volume in run.pod["spec"].get("volumes") or ())
        return when, line.format(
            time=log_generator_for(run.image).time(when),
            pod=name,
            peer=f"{parent}{dice.randrange(3)}",
            host=f"{name}.{run.pod['spec'].get('subdomain') or '?'}.{namespace}.svc.cluster.local",
            image=run.image,
            tag=run.image.rpartition(":")[2],
            claim=next((claim["claimName"] for claim in claims if claim), "no claim"),
            code=1,
            n=_Number(dice, 1000, 9999),
            m=_Number(dice, 10, 60),
            k=_Number(dice, 1, 6),
        )


def _talk(talks: tuple[str, ...], dice: random.Random) -> str:
    """One of them; those that come last are said seldom."""
    return talks[min(dice.randrange(len(talks)), dice.randrange(len(talks)))]


class _Number:
    """Another one wherever it stands in a line."""

    def __init__(self, dice: random.Random, least: int, below: int) -> None:
        self._dice = dice
        self._least = least
        self._below = below

    def __format__(self, _: str) -> str:
        return str(self._dice.randrange(self._least, self._below))
