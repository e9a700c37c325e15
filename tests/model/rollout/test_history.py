"""The revisions of a set, their managers, and the pods that run them."""

from __future__ import annotations

import pytest

from stsview.model.rollout.detail import CHANGE_CAUSE, revision_views
from stsview.model.rollout.history import find_revision, history_of
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, Present
from stsview.objects.statefulset import RecordedRevision, RevisionMeta
from tests.support.model.build import NEW, OLD, around, at, owned_by, pod, stateful_set, view_of


def wrote_template(manager: str, seconds: float) -> ManagedFieldsEntry:
    fields = FieldsV1(spec=FieldsOfSpec(template=Present()))
    return ManagedFieldsEntry(manager=manager, time=at(seconds), fields_v1=fields)


def recorded(name: str, number: int, made: float, cause: str = "", applied: float | None = None) -> RecordedRevision:
    annotations = {CHANGE_CAUSE: cause} if cause else {}
    meta = RevisionMeta(
        name=name,
        namespace="default",
        creation_timestamp=at(made),
        annotations=annotations,
        owner_references=owned_by(),
        managed_fields=() if applied is None else (ManagedFieldsEntry(manager="controller", time=at(applied)),),
    )
    return RecordedRevision(metadata=meta, revision=number, data={"spec": {"template": {"spec": {}}}})


def test_a_reused_revision_tells_when_it_was_applied_last_and_by_whom() -> None:
    """An undo makes an old revision the newest: its creation says nothing about who applied it."""
    writers = (
        wrote_template("kubectl-create", -1000),
        wrote_template("kubectl-set", 10),
        wrote_template("stsview", 50),
    )
    undone = stateful_set(3, current=NEW, update=OLD, managed_fields=writers)
    objects = around(undone, [pod(0, revision=NEW)])
    revisions = revision_views([recorded(NEW, 2, 10), recorded(OLD, 3, -1000, applied=50)], objects)
    assert [(one.name, one.created, one.applied, one.manager) for one in revisions] == [
        (NEW, at(10), at(10), "kubectl-set"),
        (OLD, at(-1000), at(50), "stsview"),
    ]


def test_each_revision_has_its_manager_cause_and_pods() -> None:
    writers = (wrote_template("kubectl-create", 1), wrote_template("kubectl-set", 50))
    between = stateful_set(3, current=OLD, update=NEW, managed_fields=writers)
    objects = around(between, [pod(0, revision=OLD), pod(1, revision=OLD), pod(2, revision=NEW)])
    told = [recorded(NEW, 3, 50, "image 2"), recorded(OLD, 2, 2), recorded("web-gone", 1, -500)]
    entries = history_of(view_of(objects), revision_views(told, objects))
    assert [(entry.revision.number, entry.revision.manager, entry.revision.cause) for entry in entries] == [
        (3, "kubectl-set", "image 2"),
        (2, "kubectl-create", ""),
        (1, "", ""),
    ]
    assert [(entry.current, entry.update, entry.pods) for entry in entries] == [
        (False, True, ("web-2",)),
        (True, False, ("web-0", "web-1")),
        (False, False, ()),
    ]
    for words in ("2", OLD, OLD.removeprefix("web-"), "current"):
        assert find_revision(entries, words, "web").number == 2
    assert find_revision(entries, "update", "web").number == 3
    with pytest.raises(ValueError, match="web has no revision 7; it has 3, 2, 1"):
        find_revision(entries, "7", "web")
