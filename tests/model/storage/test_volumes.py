from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from stsview.model.states import Health
from stsview.model.views import ClaimView, ClassView, Severity
from stsview.objects.kinds import ATTACHMENTS, CLASSES, VOLUMES
from stsview.objects.meta import Present
from stsview.objects.pod import Pod
from stsview.objects.volume import StorageClass, VolumeAttachment
from tests.support.model.build import (
    at,
    attachment,
    claim,
    look,
    pod,
    row,
    stateful_set,
    storage_class,
    volume,
    without,
)

PV = "pv-data-web-0"


def seen(member: Pod | None = None, phase: str = "Bound", named: str | None = "fast", **parts: Any) -> ClaimView:
    """Long after everything was created, so that absent objects count as missing."""
    held = claim("data-web-0", phase=phase)
    held = msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, storage_class_name=named))
    return row(look(stateful_set(1), [member or pod(0)], 90, first_seen=0, claims=[held], **parts), 0).claims[0]


def elsewhere(**fields: Any) -> VolumeAttachment:
    return attachment(PV, "node-2", **fields)


@pytest.mark.parametrize(
    ("attachments", "word", "health", "to"),
    [
        ([attachment(PV)], "attached", Health.READY, "node-1"),
        ([attachment(PV, attached=False)], "attaching", Health.PROGRESSING, "node-1"),
        ([attachment(PV, attached=False, error="no such disk")], "attach error", Health.DEGRADED, "node-1"),
        ([elsewhere()], "attached elsewhere", Health.WARNING, "node-2"),
        ([attachment(PV, attached=False, error="busy"), elsewhere()], "attached elsewhere", Health.WARNING, "node-2"),
        ([attachment(PV, deletion_timestamp=at(1))], "detaching", Health.TERMINATING, "node-1"),
        ([elsewhere(deletion_timestamp=at(1))], "detaching", Health.TERMINATING, "node-2"),
        ([elsewhere(deletion_timestamp=at(1), detach_error="busy")], "detaching", Health.DEGRADED, "node-2"),
        ([attachment("pv-other")], "not attached", Health.NEUTRAL, ""),
        ([], "not attached", Health.NEUTRAL, ""),
    ],
)
def test_where_a_volume_is_attached(
    attachments: Sequence[VolumeAttachment], word: str, health: Health, to: str
) -> None:
    state = seen(attachments=tuple(attachments)).volume_state
    assert (state.attachment, state.attachment_health, state.attached_to) == (word, health, to)


def test_a_failed_attachment_has_its_message() -> None:
    failed = seen(attachments=(attachment(PV, attached=False, error="no such\ndisk"),)).volume_state
    assert failed.attachment_detail == "no such disk"


@pytest.mark.parametrize("source", ["local", "host_path", "nfs"])
def test_a_volume_that_no_driver_attaches(source: str) -> None:
    held = volume(PV)
    held = msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, **{source: Present()}))
    assert seen(volumes={PV: held}).volume_state.attachment == ""


def test_a_shared_volume_may_be_attached_to_other_nodes_as_well() -> None:
    shared = {PV: volume(PV, modes=["ReadWriteMany"])}
    assert seen(volumes=shared, attachments=(elsewhere(),)).volume_state.attachment == "not attached"
    assert seen(volumes=shared, attachments=(elsewhere(), attachment(PV))).volume_state.attachment == "attached"


def test_the_volume_of_an_unscheduled_pod_may_be_attached() -> None:
    unscheduled = pod(0, node="", phase="Pending", containers=())
    state = seen(unscheduled, attachments=(elsewhere(),)).volume_state
    assert (state.attachment, state.attachment_health, state.attached_to) == ("attached", Health.NEUTRAL, "node-2")


def test_the_volume_itself() -> None:
    state = seen(volumes={PV: volume(PV, zone="zone-a")}).volume_state
    assert (state.status, state.health, state.reclaim, state.zones) == ("Bound", Health.READY, "Delete", ("zone-a",))
    released = seen(volumes={PV: volume(PV, phase="Released")}).volume_state
    assert (released.status, released.health) == ("Released", Health.WARNING)
    gone = seen(volumes={}).volume_state
    assert (gone.status, gone.health) == ("missing", Health.DEGRADED)
    assert seen(phase="Pending").volume_state.status == ""


@pytest.mark.parametrize(
    ("held", "provisions"),
    [(storage_class(), True), (storage_class(provisioner="kubernetes.io/no-provisioner"), False)],
)
def test_the_class_of_a_claim(held: StorageClass, provisions: bool) -> None:
    state = seen(classes={"fast": held}).class_state
    assert (state.status, state.provisions, state.binding, state.expandable) == (
        "known",
        provisions,
        "Immediate",
        False,
    )


def test_a_claim_that_names_no_class_gets_the_default_one() -> None:
    default = storage_class("gp3", default=True, volume_binding_mode="WaitForFirstConsumer")
    state = seen(phase="Pending", named=None, classes={"fast": storage_class(), "gp3": default}).class_state
    assert (state.status, state.name, state.default, state.binding) == ("known", "gp3", True, "WaitForFirstConsumer")


def test_of_several_default_classes_the_newest_counts_then_the_first_by_name() -> None:
    def chosen(*classes: StorageClass) -> str:
        return seen(phase="Pending", named=None, classes={c.metadata.name: c for c in classes}).class_state.name

    old, new = storage_class("a", default=True, created=1), storage_class("b", default=True, created=2)
    assert chosen(old, new) == chosen(new, old) == "b"
    assert chosen(new, storage_class("c", default=True, created=2)) == "b"
    assert chosen(old, storage_class("z", created=9)) == "a"


def test_a_claim_without_a_class_where_there_is_no_default_one() -> None:
    state = seen(phase="Pending", named=None, classes={"fast": storage_class()}).class_state
    assert (state.status, state.health) == ("no default", Health.DEGRADED)


def test_a_claim_that_asks_for_no_class_gets_none() -> None:
    classes = {"gp3": storage_class("gp3", default=True)}
    state = seen(phase="Pending", named="", classes=classes).class_state
    assert (state.status, state.health, state.name) == ("none", Health.NEUTRAL, "")


@pytest.mark.parametrize("named", [None, ""])
def test_a_bound_claim_needs_no_class(named: str | None) -> None:
    assert seen(named=named, classes={"gp3": storage_class("gp3", default=True)}).class_state == ClassView()


def test_which_class_is_the_default_one_is_unknown_where_classes_cannot_be_read() -> None:
    state = seen(phase="Pending", named=None, coverage=without(CLASSES)).class_state
    assert (state.status, state.health, state.detail) == ("unknown", Health.UNKNOWN, "you may not list storageclasses")


@pytest.mark.parametrize("annotation", ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"])
def test_how_a_class_is_marked_as_default(annotation: str) -> None:
    def made(value: str) -> StorageClass:
        annotations = {"other": "thing", f"{annotation}/is-default-class": value}
        held = CLASSES.decoder.decode(msgspec.json.encode({"metadata": {"name": "a", "annotations": annotations}}))
        assert isinstance(held, StorageClass)
        return held

    assert made("true").is_default
    assert not made("false").is_default


def test_referenced_objects_may_not_have_arrived_yet() -> None:
    view = look(stateful_set(1), [pod(0)], claims=[claim("data-web-0")], classes={}, volumes={})
    held = row(view, 0).claims[0]
    assert (held.class_state.status, held.class_state.detail) == ("unknown", "StorageClass fast has not been seen yet")
    assert held.volume_state.status == "unknown"
    assert held.volume_state.detail == f"PersistentVolume {PV} has not been seen yet"
    assert view.next_change == at(75)


def test_a_missing_class_matters_only_to_unbound_claims() -> None:
    bound, pending = seen(classes={}).class_state, seen(phase="Pending", classes={}).class_state
    assert (bound.status, bound.health) == ("missing", Health.NEUTRAL)
    assert (pending.status, pending.health) == ("missing", Health.DEGRADED)


def test_unreadable_objects_are_unknown() -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(ATTACHMENTS, CLASSES, VOLUMES))
    held = row(view, 0).claims[0]
    assert (held.class_state.status, held.class_state.detail) == ("unknown", "you may not list storageclasses")
    assert (held.volume_state.status, held.volume_state.detail) == ("unknown", "you may not list persistentvolumes")
    assert held.volume_state.attachment == "unknown"
    assert held.volume_state.attachment_detail == "you may not list volumeattachments"
    assert view.severity is Severity.HEALTHY
