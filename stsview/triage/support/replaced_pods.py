"""Ordinals whose pods fail and are recreated without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.ordinals.rows import Row
from stsview.objects.event import Event
from stsview.objects.kinds import STATEFULSETS

_SECONDS = 600.0
"""How long a failed pod counts."""

_QUIET_SECONDS = 600.0
"""How old the last event about a failed pod may be: client-go's spam filter lets one through every five minutes."""

_SPAN_SECONDS = 120.0
"""How long the events must go back: a single replacement is reported up to ten times at once (kubernetes#122709)."""

_PODS = 3
"""How many pods of one ordinal must have failed in that time."""

_REPLACED = ("RecreatingFailedPod", "RecreatingTerminatedPod")
"""Up to Kubernetes 1.30 (pkg/controller/statefulset/stateful_set_control.go)."""


@dataclass(frozen=True, slots=True)
class Loop:
    row: Row
    failed: tuple[datetime, ...]
    """When its last failed pods were first seen, ascending."""
    event: Event | None
    """The event of the controller, if it reports any."""


def replaced_without_end(case: RuleInput) -> Iterator[Loop]:
    """The expected ordinals that are not available and whose pods failed several times in a row."""
    failed = _failed_lately(case)
    told = [
        event
        for event in reversed(case.facts.objects.events)
        if event.reason in _REPLACED and event.involved_object.kind == STATEFULSETS.name
    ]
    if not failed and not told:
        return
    for row in case.facts.rows.expected:
        event = _replacements(case, row, told)
        times = failed.get(row.name, ())
        if not row.available and (len(times) >= _PODS or event is not None):
            yield Loop(row, tuple(times), event)


def _failed_lately(case: RuleInput) -> Mapping[str, list[datetime]]:
    """When the failed pods of the last minutes were first seen, by name: a few for each, one for each uid."""
    facts = case.facts
    found: dict[str, list[datetime]] = {}
    for row in facts.rows.expected:
        pod = row.slot.pod
        if pod is not None and pod.status.phase == "Failed" and not row.terminating:
            since = facts.sightings.since("failed pod", row.name, pod.metadata.uid)
            found[row.name] = [since]
    earlier = sorted(((at, token) for token, at in facts.sightings.before("failed pod")), reverse=True)
    for at, token in earlier:
        _, name, uid = token
        times = found.setdefault(str(name), [])
        pod = facts.objects.pods.get(str(name))
        current = pod is not None and pod.metadata.uid == uid
        if current or len(times) > _PODS or facts.overdue(at, _SECONDS):
            continue
        facts.sightings.since(*token)
        times.append(at)
    return {name: sorted(times) for name, times in found.items()}


def _replacements(case: RuleInput, row: Row, told: Sequence[Event]) -> Event | None:
    """The repeated event about failed pods of the ordinal; None once the last one is long ago."""
    for event in told:
        if event.message.endswith(f" {row.name}") and event.times >= _PODS:
            quiet = case.facts.overdue(event.last_seen, _QUIET_SECONDS)
            return None if quiet or not _spread(event) else event
    return None


def _spread(event: Event) -> bool:
    first, last = event.first_seen, event.last_seen
    return first is not None and last is not None and (last - first).total_seconds() >= _SPAN_SECONDS
