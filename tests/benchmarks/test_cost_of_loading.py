"""What it costs to read an object of a list, from its bytes to the store, in steps of the interpreter.

The count holds for one version of Python, since each has other instructions.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial

import pytest

from stsview.cluster.watch.list_parts import ListParts
from stsview.cluster.watch.watch_events import decode_event
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.store import MANY, Store
from stsview.objects.kinds import ATTACHMENTS, CLAIMS, PODS, STATEFULSETS, VOLUMES, Kind
from stsview.objects.stream_messages import Applied
from tests.bench.cluster_bytes import PODS_PER_SET, events_of
from tests.support.steps import steps_of

SETS = MANY + 1
NOW = datetime(2026, 12, 1, tzinfo=UTC)

STEPS = {PODS: 472, CLAIMS: 341, VOLUMES: 215, ATTACHMENTS: 288}
"""For each object. Lower them with what makes reading cheaper."""

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="counted with Python 3.11")


def read(store: Store, kind: Kind, lines: list[bytes]) -> None:
    parts = ListParts(kind, "", lambda batch: store.apply(batch, NOW))
    for line in lines:
        change = decode_event(line, kind).change
        assert isinstance(change, Applied)
        parts.add(change)
    parts.complete()
    store.cover(kind, "", KindCoverage(Coverage.COMPLETE))


def test_an_object_of_a_first_list() -> None:
    store = Store()
    read(store, STATEFULSETS, list(events_of("statefulsets", SETS * PODS_PER_SET)))
    store.refresh(NOW)
    for kind, bound in STEPS.items():
        lines = list(events_of(kind.resource, SETS * PODS_PER_SET))
        found = steps_of(partial(read, store, kind, lines)) / len(lines)
        assert bound / 2 < found <= bound * 1.1, f"{kind.resource}: {found}"
