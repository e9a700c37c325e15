"""Container logs, generated on first read.

No line is generated before it is read: each run keeps only its stages (start, ready, failure, shutdown). The first read
generates the log up to that moment.
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

FOLLOW_SECONDS = 600.0
"""Seconds for which a container writes new lines after its log was last requested."""

_PAST_LINES = 240
"""At most so many periodic lines before the first read."""

_RATE_SECONDS = 0.02
"""Seconds between the writes of a container with a set rate."""

_LINE_INTERVAL = timedelta(milliseconds=40)
"""Time between consecutive lines of one stage."""


class RunKey(NamedTuple):
    """A container of a pod."""

    uid: str
    container: str


@dataclass
class _Run:
    """One run of a container."""

    pod: Object
    name: str
    image: str
    number: int
    stages: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    """The lines of each stage, and when it began."""
    periodic_since: datetime | None = None
    """Since when it writes periodic lines."""
    ended: bool = False
    buffer: LogBuffer | None = None


class Logs:
    """The logs of the current and the previous run of each container."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._current: dict[RunKey, _Run] = {}
        self._previous: dict[RunKey, _Run] = {}
        self._containers: dict[str, set[str]] = {}
        self._followed_until: dict[RunKey, float] = {}
        self._rates: dict[tuple[str, str], float] = {}
        """Lines a second by namespace and prefix of the pods' names."""
        self._written_at: dict[RunKey, float] = {}

    def set_rate(self, namespace: str, set_name: str, rate: float) -> None:
        """Let the containers of a set write `rate` lines a second while their logs are followed; 0: as before."""
        if rate:
            self._rates[namespace, set_name] = rate
        else:
            self._rates.pop((namespace, set_name), None)
        self._written_at.clear()
        for key, run in self._current.items():
            if run.buffer is not None and self._rate_of(run) == rate:
                self._engine.enqueue(self, key)

    def of(self, uid: str, container: str, *, previous: bool) -> LogBuffer | None:
        """The log of a container, or of its previous run; None without one."""
        key = RunKey(uid, container)
        run = (self._previous if previous else self._current).get(key)
        if run is None:
            return None
        if run.buffer is None:
            run.buffer = self._write_history(key, run)
        if not previous and not run.ended:
            self._followed_until[key] = self._engine.timeline.monotonic() + FOLLOW_SECONDS
            self._engine.enqueue(self, key)
        return run.buffer

    def started(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        """A new run of these containers begins."""
        uid = pod["metadata"]["uid"]
        for one in containers:
            key = RunKey(uid, one.name)
            self._containers.setdefault(uid, set()).add(one.name)
            if key in self._current:
                self._previous[key] = self._current[key]
            run = self._current[key] = _Run(pod, one.name, one.image, one.restarts)
            self._append(key, run, log_generator_for(one.image).startup)

    def readiness_changed(self, pod: Object, containers: Sequence[ContainerRun], *, ready: bool) -> None:
        """These containers became ready, or not ready."""
        for key, run, generator in self._runs(pod, containers):
            run.periodic_since = run.periodic_since or self._engine.timeline.now()
            self._append(key, run, (generator.ready if ready else generator.not_ready,))

    def failed(self, pod: Object, containers: Sequence[ContainerRun], code: int) -> None:
        """These containers exit with an error code."""
        for key, run, generator in self._runs(pod, containers):
            # An OOM-killed process writes nothing before it exits.
            self._end(
                key, run, () if code == 137 else tuple(line.replace("{code}", str(code)) for line in generator.failure)
            )

    def filled_up(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        """These containers exit because a volume is full."""
        for key, run, generator in self._runs(pod, containers):
            self._end(key, run, generator.full)

    def ended(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        """These containers exit after a shutdown."""
        for key, run, generator in self._runs(pod, containers):
            self._end(key, run, generator.shutdown)

    def forget(self, uid: str) -> None:
        """Drop the logs of a pod that is gone."""
        for container in self._containers.pop(uid, ()):
            for runs in (self._current, self._previous):
                run = runs.pop(RunKey(uid, container), None)
                if run is not None and run.buffer is not None:
                    run.buffer.close()

    def reconcile(self, key: RunKey) -> float | None:
        now = self._engine.timeline.monotonic()
        run = self._current.get(key)
        if run is None or run.ended or run.buffer is None or now >= self._followed_until.get(key, 0.0):
            return None
        rng = random.Random(f"{key.uid}/{run.number}/{run.buffer.written}")
        if rate := self._rate_of(run):
            self._write_at_rate(key, run, run.buffer, rate, rng)
            return _RATE_SECONDS
        if run.periodic_since is not None and (lines := log_generator_for(run.image).periodic):
            run.buffer.append(*self._line(run, _pick_line(lines, rng), self._engine.timeline.now(), rng))
        return 0.5 + 3 * rng.random()

    def _rate_of(self, run: _Run) -> float:
        metadata = run.pod["metadata"]
        return self._rates.get((metadata["namespace"], metadata["name"].rpartition("-")[0]), 0.0)

    def _write_at_rate(self, key: RunKey, run: _Run, buffer: LogBuffer, rate: float, rng: random.Random) -> None:
        """Write the lines that are due since the last time."""
        now, wall = self._engine.timeline.monotonic(), self._engine.timeline.now()
        since = max(self._written_at.get(key, now - _RATE_SECONDS), now - 1.0)
        number = int((now - since) * rate)
        if not number:
            return
        self._written_at[key] = since + number / rate
        lines = log_generator_for(run.image).periodic or ("line {n}",)
        interval = timedelta(seconds=(now - since) / number)
        buffer.extend(
            [
                self._line(run, _pick_line(lines, rng), wall - interval * (number - 1 - place), rng)
                for place in range(number)
            ]
        )

    def _runs(self, pod: Object, containers: Sequence[ContainerRun]) -> Iterator[tuple[RunKey, _Run, LogGenerator]]:
        for one in containers:
            key = RunKey(pod["metadata"]["uid"], one.name)
            run = self._current.get(key)
            if run is not None and not run.ended:
                yield key, run, log_generator_for(run.image)

    def _append(self, key: RunKey, run: _Run, lines: tuple[str, ...]) -> None:
        now = self._engine.timeline.now()
        lines = tuple(line for line in lines if line)
        if run.buffer is None:
            run.stages.append((now, lines))
            return
        rng = random.Random(f"{key.uid}/{run.number}/{now}")
        for line in lines:
            run.buffer.append(*self._line(run, line, now, rng))

    def _end(self, key: RunKey, run: _Run, lines: tuple[str, ...]) -> None:
        self._append(key, run, lines)
        run.ended = True
        if run.buffer is not None:
            run.buffer.close()

    def _write_history(self, key: RunKey, run: _Run) -> LogBuffer:
        """The log of the run up to now."""
        rng = random.Random(f"{key.uid}/{run.number}")
        now = self._engine.timeline.now()
        history: list[tuple[datetime, str]] = []
        at = run.stages[0][0]
        for when, lines in run.stages:
            at = max(at, when)
            for line in lines:
                history.append((min(now, at), line))
                at += _LINE_INTERVAL
        if run.periodic_since is not None:
            history += self._past_lines(run, run.periodic_since, run.stages[-1][0] if run.ended else now, rng)
        history.sort(key=lambda stage: stage[0])
        buffer = LogBuffer()
        for when, line in history:
            buffer.append(*self._line(run, line, when, rng))
        if run.ended:
            buffer.close()
        return buffer

    def _past_lines(
        self, run: _Run, since: datetime, until: datetime, rng: random.Random
    ) -> Iterator[tuple[datetime, str]]:
        lines = log_generator_for(run.image).periodic
        for _ in range(_PAST_LINES if lines else 0):
            until -= timedelta(seconds=0.5 + 3 * rng.random())
            if until <= since:
                return
            yield until, _pick_line(lines, rng)

    def _line(self, run: _Run, line: str, when: datetime, rng: random.Random) -> tuple[datetime, str]:
        metadata = run.pod["metadata"]
        parent = metadata.get("generateName", "peer-")
        name, namespace = metadata["name"], metadata["namespace"]
        claims = (volume.get("persistentVolumeClaim") for volume in run.pod["spec"].get("volumes") or ())
        return when, line.format(
            time=log_generator_for(run.image).format_time(when),
            pod=name,
            peer=f"{parent}{rng.randrange(3)}",
            host=f"{name}.{run.pod['spec'].get('subdomain') or '?'}.{namespace}.svc.cluster.local",
            image=run.image,
            tag=run.image.rpartition(":")[2],
            claim=next((claim["claimName"] for claim in claims if claim), "no claim"),
            code=1,
            n=_Number(rng, 1000, 9999),
            m=_Number(rng, 10, 60),
            k=_Number(rng, 1, 6),
        )


def _pick_line(lines: tuple[str, ...], rng: random.Random) -> str:
    """A random line; later ones are less frequent."""
    return lines[min(rng.randrange(len(lines)), rng.randrange(len(lines)))]


class _Number:
    """A format value that is a different random number wherever it is used."""

    def __init__(self, rng: random.Random, least: int, below: int) -> None:
        self._rng = rng
        self._least = least
        self._below = below

    def __format__(self, _: str) -> str:
        return str(self._rng.randrange(self._least, self._below))
