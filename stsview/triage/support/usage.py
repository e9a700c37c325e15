"""What was measured of a set, matched with the objects that exist now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum, auto

from msgspec.structs import replace

from stsview.model.base import Record
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence
from stsview.model.ordinals.rows import Row
from stsview.model.timing.moment import later
from stsview.model.usage.set_usage import ClaimUsage, ContainerUsage
from stsview.model.usage.usage_history import FullIn, MemoryPeak
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.pod import ContainerStatus, Pod

_MINUTE, _HOUR = 60, 3_600

_WITHIN = (
    *((minutes * _MINUTE, f"{minutes}m") for minutes in (5, 15, 30)),
    *((hours * _HOUR, f"{hours}h") for hours in (1, 2, 3, 5, 8, 12, 24)),
)
"""Seconds and words: coarse, so that a headline changes seldom."""


class Age(Enum):
    """Of a measurement."""

    CURRENT = auto()
    OLD = auto()
    """It tells what was, not what is: worth a notice."""


class MeasuredClaim(Record, frozen=True):
    """A PVC of expected ordinals whose volume was measured since it exists."""

    rows: tuple[Row, ...]
    """More than one where pods share it."""
    claim: PersistentVolumeClaim
    expandable: bool
    """Whether its StorageClass is known to expand volumes."""
    usage: ClaimUsage
    measured: datetime
    age: Age
    full_in: FullIn | None
    inodes_full_in: FullIn | None

    @property
    def name(self) -> str:
        return self.claim.metadata.name


class MeasuredContainer(Record, frozen=True):
    """A container whose present run was measured."""

    row: Row
    pod: Pod
    status: ContainerStatus
    usage: ContainerUsage
    measured: datetime
    age: Age


def measured_claims(case: RuleInput) -> Sequence[MeasuredClaim]:
    """By ascending ordinal; not those that were measured too long ago to say anything, or that are only read.

    kubernetes-mixin leaves out PVCs of ReadOnlyMany too: an image of data is full from the start.
    """
    measured = case.facts.measured
    if measured is None:
        return ()
    usages = {claim.claim: claim for pod in measured.usage.pods for claim in pod.claims}
    found: dict[str, MeasuredClaim] = {}
    for one in case.claims:
        usage = usages.get(one.name)
        if one.name in found:
            found[one.name] = replace(found[one.name], rows=(*found[one.name].rows, one.row))
            continue
        if one.claim.spec.access_modes == ("ReadOnlyMany",):
            continue
        if usage is None or usage.measured is None or _made_since(one.claim, usage.measured):
            continue
        age = _age(case, usage.measured)
        if age is not None:
            found[one.name] = MeasuredClaim(
                (one.row,),
                one.claim,
                one.view.class_state.expandable,
                usage,
                usage.measured,
                age,
                measured.full_in.get(one.name) if age is Age.CURRENT else None,
                measured.inodes_full_in.get(one.name) if age is Age.CURRENT else None,
            )
    return tuple(found.values())


def measured_containers(case: RuleInput) -> Iterator[MeasuredContainer]:
    """Running containers of expected ordinals, by ascending ordinal; likewise."""
    measured = case.facts.measured
    if measured is None:
        return
    pods = {pod.uid: pod for pod in measured.usage.pods}
    for row in case.facts.rows.expected:
        pod = row.slot.pod
        usage = pods.get(pod.metadata.uid) if pod is not None else None
        if pod is None or usage is None or usage.measured is None or row.terminating:
            continue
        statuses = {one.name: one for one in (*pod.status.container_statuses, *pod.status.init_container_statuses)}
        for container in usage.containers:
            status = statuses.get(container.name)
            running = status.state.running if status is not None else None
            if status is None or running is None or container.memory.used is None:
                continue
            if running.started_at is not None and usage.measured < running.started_at:
                continue
            if (age := _age(case, usage.measured)) is not None:
                yield MeasuredContainer(row, pod, status, container, usage.measured, age)


def memory_peak(case: RuleInput, pod: Pod, container: str) -> tuple[MemoryPeak, int | None] | None:
    """The most memory that a container of the pod was seen to use lately, in any run, and its limit in bytes."""
    measured = case.facts.measured
    if measured is None:
        return None
    peak = next(
        (one for one in measured.peaks if (one.pod_uid, one.container) == (pod.metadata.uid, container)),
        None,
    )
    if peak is None or case.facts.overdue(peak.measured, case.facts.settings.usage_forgotten):
        return None
    limits = (
        one.memory.limit
        for held in measured.usage.pods
        if held.uid == pod.metadata.uid
        for one in held.containers
        if one.name == container
    )
    return peak, next(limits, None)


def within(case: RuleInput, measured: datetime, full_in: FullIn) -> str:
    """`full in less than 5h`: true until the view changes by itself; empty for more than a day."""
    full_at = later(measured, full_in.seconds)
    if case.facts.moment.passed(full_at):
        return "full by now"
    for seconds, words in _WITHIN:
        if case.facts.moment.passed(later(full_at, -seconds)):
            return f"full in less than {words}"
    return ""


def measured_at(about: str, source: str, instant: datetime) -> Evidence:
    """When it was measured, as evidence."""
    return Evidence(about, f"{source} time", instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _made_since(claim: PersistentVolumeClaim, measured: datetime) -> bool:
    """Whether it was created after the measurement, which was then of another one of its name."""
    created = claim.metadata.creation_timestamp
    return created is not None and created > measured


def _age(case: RuleInput, measured: datetime) -> Age | None:
    facts, settings = case.facts, case.facts.settings
    if not facts.overdue(measured, settings.usage_stale):
        return Age.CURRENT
    return None if facts.overdue(measured, settings.usage_forgotten) else Age.OLD
