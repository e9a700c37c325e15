"""Ordinals whose pods fail and are recreated without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from stsview.model.base import Record
from stsview.model.explain.rule_input import RuleInput
from stsview.model.ordinals.rows import Row
from stsview.model.timing.sightings import Token
from stsview.objects.event import Event
from stsview.objects.kinds import STATEFULSETS

_OBSERVED = "replaced pod"

_SECONDS = 600.0
"""How long a pod counts."""

_QUIET_SECONDS = 600.0
"""How old the last event about a failed pod may be: client-go's spam filter lets one through every five minutes."""

_SPAN_SECONDS = 120.0
"""How long the events must go back: a single replacement is reported up to ten times at once (kubernetes#122709)."""

_FAILED_PODS = 3
"""How many pods of one ordinal must have failed in that time."""

_PODS = 5
"""How many must have been replaced in that time, where it was not seen why: a rejected pod is often deleted at once."""

_REPLACED = ("RecreatingFailedPod", "RecreatingTerminatedPod")
"""Up to Kubernetes 1.30 (pkg/controller/statefulset/stateful_set_control.go)."""


class Loop(Record, frozen=True):
    row: Row
    pods: tuple[datetime, ...]
    """When its last pods were first seen, ascending."""
    reason: str
    """Why the last failed one failed, as far as that was seen; else empty."""
    event: Event | None
    """The event of the controller, if it reports any."""


class _Seen(msgspec.Struct):
    """The pods of one ordinal that were seen in the last minutes, none of them available."""

    first: dict[str, datetime] = msgspec.field(default_factory=dict)
    """By uid."""
    failed: dict[str, str] = msgspec.field(default_factory=dict)
    """The reason by uid, in the order in which they were seen."""

    @property
    def loops(self) -> bool:
        return len(self.failed) >= _FAILED_PODS or len(self.first) >= _PODS


def replaced_without_end(case: RuleInput) -> Iterator[Loop]:
    """The expected ordinals whose pods were replaced several times in a row without ever being available."""
    seen = _seen(case)
    told = [
        event
        for event in reversed(case.facts.objects.events)
        if event.reason in _REPLACED and event.involved_object.kind == STATEFULSETS.name
    ]
    if not told and not any(one.loops for one in seen.values()):
        return
    for row in case.facts.rows.expected:
        if row.available:
            continue
        event, known = _replacements(case, row, told), seen.get(row.name, _Seen())
        if known.loops or event is not None:
            reason = next(reversed(known.failed.values()), "")
            yield Loop(row, tuple(sorted(known.first.values())), reason, event)


def _seen(case: RuleInput) -> Mapping[str, _Seen]:
    """By name of the pod. Passes what was seen to the next derivation, until the ordinal is available."""
    facts = case.facts
    found: dict[str, _Seen] = {}
    known = dict(facts.sightings.before(_OBSERVED))
    waiting = set()
    for row in facts.rows.expected:
        pod = row.slot.pod
        if not row.available:
            waiting.add(row.name)
        if pod is not None and not row.available and not row.terminating:
            failed = pod.status.phase == "Failed"
            reason = pod.status.reason or pod.status.phase if failed else ""
            token: Token = (_OBSERVED, row.name, pod.metadata.uid, reason)
            known[token] = facts.sightings.since(*token)
    tokens = sorted([(at, token) for token, at in known.items() if token[1] in waiting])
    for at, token in tokens:
        _, name, uid, reason = map(str, token)
        if facts.overdue(at, _SECONDS):
            continue
        one = found.setdefault(name, _Seen())
        one.first.setdefault(uid, at)
        if reason:
            one.failed[uid] = reason
    for at, token in tokens:
        name, uid = str(token[1]), str(token[2])
        if not facts.overdue(at, _SECONDS) and uid in list(found[name].first)[-_PODS:]:
            facts.sightings.since(*token)
    return found


def _replacements(case: RuleInput, row: Row, told: Sequence[Event]) -> Event | None:
    """The repeated event about failed pods of the ordinal; None once the last one is long ago."""
    for event in told:
        if event.message.endswith(f" {row.name}") and event.times >= _FAILED_PODS:
            quiet = case.facts.overdue(event.last_seen, _QUIET_SECONDS)
            return None if quiet or not _spread(event) else event
    return None


def _spread(event: Event) -> bool:
    first, last = event.first_seen, event.last_seen
    return first is not None and last is not None and (last - first).total_seconds() >= _SPAN_SECONDS
