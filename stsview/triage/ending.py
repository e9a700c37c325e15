"""The pods of a case that are being deleted."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.advice import consequence
from stsview.model.case import Case
from stsview.model.finding import Evidence
from stsview.model.names import listed
from stsview.model.reading import Cause
from stsview.model.rows import Row
from stsview.model.views import Tone
from stsview.objects.pod import Pod
from stsview.triage.told import written


def terminating(case: Case) -> Iterator[tuple[Row, Pod]]:
    for row in case.ending:
        if row.slot.pod is not None:
            yield row, row.slot.pod


def stuck(case: Case, *causes: Cause) -> Iterator[tuple[Row, Pod]]:
    """Those whose time, and some more, is over."""
    for row, pod in terminating(case):
        if row.state.tone is Tone.BROKEN and row.reading.cause in causes:
            yield row, pod


def finalizers_of(pod: Pod) -> str:
    names = pod.metadata.finalizers
    return f"{'finalizer' if len(names) == 1 else 'finalizers'} {listed(names)}"


def deadline_of(row: Row, pod: Pod) -> Iterator[Evidence]:
    if pod.metadata.deletion_timestamp is not None:
        yield Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", written(pod.metadata.deletion_timestamp))


def until_it_goes(row: Row, case: Case) -> str:
    held = consequence(row, case.facts)
    if held or row not in case.facts.rows.expected:
        return held
    return f"no new {row.name} is made until then"
