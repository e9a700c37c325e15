"""What a node of a large cluster costs on the screen of the nodes, where the ordinals of its sets are packed.

Work is counted in steps of the interpreter.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from stsview.cluster.watch.watch_events import decode_event
from stsview.model import store as store_module
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.nodes.reports import NodeReports
from stsview.model.packed_ordinals import PackedOrdinals
from stsview.model.store import Store
from stsview.objects.kinds import WATCHED
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.bench import cluster_bytes
from tests.bench.cluster_bytes import events_of
from tests.support.steps import steps_of

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def store_of(pods: int) -> Store:
    """So many pods, five on a node."""
    store = Store(examine=examine)
    for kind in WATCHED:
        changes = [decode_event(line, kind).change for line in events_of(kind.resource, pods)]
        store.apply(Batch(kind, tuple(one for one in changes if isinstance(one, Applied))), NOW)
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    store.refresh(NOW)
    return store


def costs(pods: int) -> dict[str, int]:
    store, reports = store_of(pods), NodeReports()
    opening = steps_of(partial(reports.update, store, store.fleet.sets, None))
    assert len(reports.rows) == pods // 5
    first, *names = list(reports.rows)[:10]
    reports.drain(first)
    return {
        "opening, for each node": opening // len(reports.rows),
        "a drain": steps_of(lambda: [reports.drain(name) for name in names]),
        "a second": steps_of(partial(reports.update, store, store.fleet.sets, frozenset())) // len(reports.rows),
        "an order": steps_of(partial(reports.order, names)),
    }


def test_a_node_costs_the_same_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_bytes, "PODS_PER_NODE", 5)
    monkeypatch.setattr(store_module, "MANY_VIEWS", 10)
    few, many = costs(500), costs(2_500)
    for name, steps in few.items():
        assert many[name] < steps * 1.5 + 50, (name, few, many)


def test_packed_sets_are_on_the_same_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for many in (10_000, 2):
        monkeypatch.setattr(store_module, "MANY_VIEWS", many)
        store, reports = store_of(100), NodeReports()
        reports.update(store, store.fleet.sets, None)
        assert any(isinstance(view.ordinals, PackedOrdinals) for view in store.fleet.sets.values()) is (many == 2)
        entries = {name: reports.entry(name) for name in reports.rows}
        assert {name: [one.row.name for one in row.members] for name, row in reports.rows.items()} == {
            name: list(entry.pods) for name, entry in entries.items()
        }
        drains = {name: reports.drain(name) for name in reports.rows}
        found.append((dict(reports.rows), {name: entry.pods for name, entry in entries.items()}, drains))
    assert found[0] == found[1]
