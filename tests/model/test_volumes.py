from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from stsview.model.views import ClaimView, Severity, Tone
from stsview.objects.kinds import ATTACHMENTS, CLASSES, VOLUMES
from stsview.objects.pod import Pod
from stsview.objects.volume import StorageClass, VolumeAttachment
from tests.model.build import at, attachment, claim, look, pod, row, stateful_set, storage_class, volume, without

PV = "pv-data-web-0"


def seen(member: Pod | None = None, phase: str = "Bound", **parts: Any) -> ClaimView:
    held = claim("data-web-0", phase=phase)
    return row(look(stateful_set(1), [member or pod(0)], claims=[held], **parts), 0).claims[0]


def elsewhere(**fields: Any) -> VolumeAttachment:
    return attachment(PV, "node-2", **fields)


@pytest.mark.parametrize(
    ("attachments", "word", "tone", "to"),
    [
        ([attachment(PV)], "attached", Tone.READY, "node-1"),
        ([attachment(PV, attached=False)], "attaching", Tone.MOVING, "node-1"),
        ([attachment(PV, attached=False, error="no such disk")], "attach error", Tone.BROKEN, "node-1"),
        ([elsewhere()], "attached elsewhere", Tone.WARNING, "node-2"),
        ([attachment(PV, attached=False, error="busy"), elsewhere()], "attached elsewhere", Tone.WARNING, "node-2"),
        ([attachment(PV, deletion_timestamp=at(1))], "detaching", Tone.GOING, "node-1"),
        ([elsewhere(deletion_timestamp=at(1))], "detaching", Tone.GOING, "node-2"),
        ([elsewhere(deletion_timestamp=at(1), detach_error="busy")], "detaching", Tone.BROKEN, "node-2"),
        ([attachment("pv-other")], "not attached", Tone.QUIET, ""),
        ([], "not attached", Tone.QUIET, ""),
    ],
)
def test_where_a_volume_is_attached(attachments: Sequence[VolumeAttachment], word: str, tone: Tone, to: str) -> None:
    state = seen(attachments=tuple(attachments)).volume_state
    assert (state.attachment, state.attachment_tone, state.attached_to) == (word, tone, to)


def test_what_an_attachment_says_of_its_failure() -> None:
    failed = seen(attachments=(attachment(PV, attached=False, error="no such\ndisk"),)).volume_state
    assert failed.attachment_detail == "no such disk"


def test_a_shared_volume_may_be_attached_to_other_nodes_as_well() -> None:
    shared = {PV: volume(PV, modes=["ReadWriteMany"])}
    assert seen(volumes=shared, attachments=(elsewhere(),)).volume_state.attachment == "not attached"
    assert seen(volumes=shared, attachments=(elsewhere(), attachment(PV))).volume_state.attachment == "attached"


def test_of_a_pod_that_is_on_no_node_the_volume_may_still_be_attached() -> None:
    unscheduled = pod(0, node="", phase="Pending", containers=())
    state = seen(unscheduled, attachments=(elsewhere(),)).volume_state
    assert (state.attachment, state.attachment_tone, state.attached_to) == ("attached", Tone.QUIET, "node-2")


def test_the_volume_itself() -> None:
    state = seen(volumes={PV: volume(PV, zone="zone-a")}).volume_state
    assert (state.word, state.tone, state.reclaim, state.zones) == ("Bound", Tone.READY, "Delete", ("zone-a",))
    released = seen(volumes={PV: volume(PV, phase="Released")}).volume_state
    assert (released.word, released.tone) == ("Released", Tone.WARNING)
    gone = seen().volume_state
    assert (gone.word, gone.tone) == ("missing", Tone.BROKEN)
    assert seen(phase="Pending").volume_state.word == ""


@pytest.mark.parametrize(
    ("held", "provisions"),
    [(storage_class(), True), (storage_class(provisioner="kubernetes.io/no-provisioner"), False)],
)
def test_the_class_of_a_claim(held: StorageClass, provisions: bool) -> None:
    state = seen(classes={"fast": held}).class_state
    assert (state.word, state.provisions, state.binding, state.expandable) == ("known", provisions, "Immediate", False)


def test_a_class_that_is_not_there_hurts_only_claims_that_are_not_bound() -> None:
    assert (seen().class_state.word, seen().class_state.tone) == ("missing", Tone.QUIET)
    assert seen(phase="Pending").class_state.tone is Tone.BROKEN


def test_what_cannot_be_read_is_unknown_and_never_fine() -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(ATTACHMENTS, CLASSES, VOLUMES))
    held = row(view, 0).claims[0]
    assert (held.class_state.word, held.class_state.detail) == ("unknown", "you may not list storageclasses")
    assert (held.volume_state.word, held.volume_state.detail) == ("unknown", "you may not list persistentvolumes")
    assert held.volume_state.attachment == "unknown"
    assert held.volume_state.attachment_detail == "you may not list volumeattachments"
    assert view.severity is Severity.HEALTHY
