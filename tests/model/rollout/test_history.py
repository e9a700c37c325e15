"""The revisions of a set, their managers, and the pods that run them."""

from __future__ import annotations

import pytest

from stsview.model.rollout.detail import CHANGE_CAUSE, revision_views
from stsview.model.rollout.history import find_revision, history_of
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, ObjectMeta, Present
from stsview.objects.statefulset import RecordedRevision
from tests.support.model.build import NEW, OLD, around, at, owned_by, pod, stateful_set, view_of


def wrote_template(manager: str, seconds: float) -> ManagedFieldsEntry:
    fields = FieldsV1(spec=FieldsOfSpec(template=Present()))
    return ManagedFieldsEntry(manager=manager, time=at(seconds), fields_v1=fields)


def recorded(name: str, number: int, made: float, cause: str = "") -> RecordedRevision:
    annotations = {CHANGE_CAUSE: cause} if cause else {}
    meta = ObjectMeta(
        name=name,
        namespace="default",
        creation_timestamp=at(made),
        annotations=annotations,
        owner_references=owned_by(),
    )
    return RecordedRevision(metadata=meta, revision=number, data={"spec": {"template": {"spec": {}}}})


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
