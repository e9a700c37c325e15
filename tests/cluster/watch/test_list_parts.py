"""A large list arrives in parts, and only the last one tells what no longer exists."""

from __future__ import annotations

from stsview.cluster.watch.list_parts import PART, ListParts
from stsview.model.store import Store
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.stream_messages import Applied, Batch
from tests.support.model.build import at, stateful_set


def names(count: int) -> list[str]:
    return [f"set-{index:04}" for index in range(count)]


def test_a_small_list_is_one_batch() -> None:
    batches: list[Batch] = []
    parts = ListParts(STATEFULSETS, "", batches.append)
    for name in names(PART - 1):
        parts.add(Applied(stateful_set(name=name)))
    assert batches == []
    parts.complete()
    assert [(len(batch.changes), batch.replace) for batch in batches] == [(PART - 1, True)]


def test_objects_of_earlier_parts_stay_and_others_go() -> None:
    store = Store()
    first = ListParts(STATEFULSETS, "", lambda batch: store.apply(batch, at(0)))
    for name in names(2 * PART + 10):
        first.add(Applied(stateful_set(name=name)))
    assert len(first) == 2 * PART + 10
    first.complete()
    store.refresh(at(0))
    assert sorted(key.name for key in store.fleet.sets) == names(2 * PART + 10)

    batches: list[Batch] = []
    second = ListParts(STATEFULSETS, "", batches.append)
    for name in names(PART):
        second.add(Applied(stateful_set(7, name=name)))
    second.add(Applied(stateful_set(name="another")))
    second.delete(stateful_set(name="set-0003"))  # of an earlier part
    second.delete(stateful_set(name="another"))  # of the part that is held
    second.complete()
    assert [batch.replace for batch in batches] == [False, False, True]
    for batch in batches[:-1]:
        store.apply(batch, at(1))
    store.refresh(at(1))
    assert len(store.fleet.sets) == 2 * PART + 10 - 1, "nothing is missing before the list is complete"
    store.apply(batches[-1], at(2))
    store.refresh(at(2))
    assert sorted(key.name for key in store.fleet.sets) == [name for name in names(PART) if name != "set-0003"]
    assert {view.replicas for view in store.fleet.sets.values()} == {7}
