"""Rules about volumes that cannot be attached or mounted."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.objects.event import Event
from stsview.objects.kinds import ATTACHMENTS
from stsview.objects.pod import ContainerStatus, Pod
from stsview.objects.volume import VolumeAttachment
from stsview.triage.rules.storage import attachments
from stsview.triage.rules.storage.attachments import attach_failed, mount_failed, volume_attached_elsewhere
from tests.support.model.build import (
    around,
    at,
    attachment,
    claim,
    death,
    ended,
    event,
    node,
    pod,
    running,
    stateful_set,
    terminating,
    waiting,
    without,
)
from tests.support.triage.claims import creating
from tests.support.triage.judge import found, judged

PV = "pv-data-web-0"
MULTI = (
    'Multi-Attach error for volume "pv-data-web-0" Volume is already exclusively attached to one node and can\'t be '
    "attached to another"
)
HIDDEN = without(ATTACHMENTS)


def starting(*held: VolumeAttachment, member: Pod | None = None, events: Any = (), **parts: Any) -> SetObjects:
    return around(stateful_set(1), [member or creating(0)], attachments=held, events=events, **parts)


def findings_of(objects: SetObjects, now: float = 130) -> list[Finding]:
    return [one for rule in attachments.RULES for one in found(rule, objects, now)]


def volume_event(message: str, reason: str = "FailedAttachVolume") -> Event:
    return event("web-0", reason, message, first=10)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (attachment(PV, "node-2"), ""),
        (attachment(PV, "node-2", deletion_timestamp=at(20), detach_error="busy"), ", and detaching fails: busy"),
    ],
)
def test_a_volume_that_another_node_has_not_released(held: VolumeAttachment, why: str) -> None:
    nodes = {"node-1": node("node-1"), "node-2": node("node-2", "Unknown")}
    (finding,) = findings_of(starting(held, events=(volume_event(MULTI),), nodes=nodes))
    assert (finding.rule, finding.level) == (volume_attached_elsewhere.id, Level.ERROR)
    assert (finding.certainty, finding.ordinals, finding.since) == (Certainty.CERTAIN, (0,), at(0))
    assert finding.headline == f"web-0: volume of PVC data-web-0 is still attached to node-2{why}"
    assert ("VolumeAttachment pv-data-web-0-node-2", "spec.nodeName", "node-2") in [
        (one.object, one.field, one.value) for one in finding.evidence
    ]
    assert finding.remedies[0].danger is Danger.READ_ONLY
    assert [one.danger for one in finding.remedies].index(Danger.LOSS) == len(finding.remedies) - 1


def test_a_healthy_node_is_never_marked_out_of_service() -> None:
    nodes = {"node-1": node("node-1"), "node-2": node("node-2")}
    (finding,) = findings_of(starting(attachment(PV, "node-2"), nodes=nodes))
    assert {one.danger for one in finding.remedies} == {Danger.READ_ONLY}
    assert finding.remedies[-1].text == "find out why the kubelet of node-2 does not unmount the volume"


def test_without_attachments_the_event_is_used() -> None:
    (finding,) = findings_of(starting(events=(volume_event(MULTI),), coverage=HIDDEN))
    assert (finding.rule, finding.certainty) == (volume_attached_elsewhere.id, Certainty.LIKELY)
    assert finding.headline == "web-0: volume of PVC data-web-0 is still attached to another node (Multi-Attach error)"
    assert Danger.LOSS not in [one.danger for one in finding.remedies]


def test_a_multi_attach_error_outlives_the_mount_timeouts_that_follow() -> None:
    """Drivers within Kubernetes have no VolumeAttachment, and the error is reported only once."""
    timeout = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out"
    later = event("web-0", "FailedMount", timeout, first=120, last=900, name="later")
    view = judged(starting(events=(volume_event(MULTI), later)), 910)
    assert [one.rule for one in view.findings] == [volume_attached_elsewhere.id]


def test_a_multi_attach_error_of_another_volume_is_not_about_this_one() -> None:
    other = volume_event(MULTI.replace("data-web-0", "logs-web-0"))
    member = creating(0, claims=["data-web-0", "logs-web-0"])
    objects = starting(events=(other,), member=member, claims=[claim("data-web-0"), claim("logs-web-0")])
    (finding,) = findings_of(objects)
    assert "PVC logs-web-0" in finding.headline


def test_a_volume_attached_to_a_node_that_does_not_exist() -> None:
    nodes = {"node-1": node("node-1")}
    held = attachment(PV, "node-2", deletion_timestamp=at(20), detach_error="no such machine")
    (finding,) = found(volume_attached_elsewhere, starting(held, nodes=nodes), 600, first_seen=130)
    assert finding.headline.endswith("attached to node-2, which does not exist, and detaching fails: no such machine")
    assert ("Node node-2", "metadata", "absent") in [(one.object, one.field, one.value) for one in finding.evidence]
    texts = " ".join(f"{one.text} {one.command}" for one in finding.remedies)
    assert "patch volumeattachment" in texts
    assert not any(one in texts for one in ("describe node", "taint", "6 min"))


def test_the_wait_for_a_forced_detach_is_over_after_six_minutes() -> None:
    nodes = {"node-1": node("node-1"), "node-2": node("node-2", "Unknown")}
    objects = starting(attachment(PV, "node-2"), nodes=nodes)
    early, late = (found(volume_attached_elsewhere, objects, now)[0].remedies for now in (200, 400))
    assert any("6 min" in one.text for one in early)
    assert not any("6 min" in one.text for one in late)


def test_a_volume_that_is_not_mounted_again_after_a_reboot() -> None:
    """The phase stays Running, and the container terminated while the kubelet was down."""
    ends = ended(death(255, "Unknown", finished=100), restarts=1)
    held = pod(0, ready="False", reason="ContainersNotReady", ready_since=110, containers=[ends])
    why = 'MountVolume.MountDevice failed for volume "pv-data-web-0" : driver csi not found'
    errors = (event("web-0", "FailedMount", why, first=120, last=900),)
    objects = around(stateful_set(1), [held], events=errors)
    assert not found(mount_failed, objects, 200)
    (finding,) = found(mount_failed, objects, 400)
    assert finding.headline == "web-0: volume pv-data-web-0 cannot be mounted: driver csi not found"
    assert finding.evidence[0].value == "Running"
    view = judged(objects, 910)
    assert [one.rule for one in view.findings] == [mount_failed.id]
    assert "container-restarted" not in [one.rule for one in view.findings[0].below]
    assert not found(
        mount_failed, around(stateful_set(1), [held], events=(event("web-0", "FailedMount", why, last=90),)), 900
    )


@pytest.mark.parametrize(
    ("held", "events", "coverage", "why", "certainty"),
    [
        ([attachment(PV, attached=False, error="disk is gone")], (), None, "disk is gone", Certainty.CERTAIN),
        ([attachment(PV, attached=False)], (), None, "the driver does not respond", Certainty.CERTAIN),
        (
            [],
            (volume_event('AttachVolume.Attach failed for volume "pv-data-web-0" : too many volumes'),),
            HIDDEN,
            "too many volumes",
            Certainty.LIKELY,
        ),
    ],
)
def test_a_volume_that_cannot_be_attached(
    held: list[VolumeAttachment], events: Any, coverage: Any, why: str, certainty: Certainty
) -> None:
    parts = {} if coverage is None else {"coverage": coverage}
    (finding,) = findings_of(starting(*held, events=events, **parts))
    assert (finding.rule, finding.certainty) == (attach_failed.id, certainty)
    assert finding.headline == f"web-0: volume of PVC data-web-0 cannot be attached to node-1: {why}"


@pytest.mark.parametrize(
    ("message", "headline"),
    [
        (
            'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found',
            'volume config cannot be mounted: configmap "web-config" not found',
        ),
        (
            '(combined from similar events): MountVolume.MountDevice failed for volume "pv-1" : rpc error:\nfsck',
            "volume pv-1 cannot be mounted: rpc error: fsck",
        ),
        (
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], "
            "failed to process volumes=[]: timed out waiting for the condition",
            "volume data not mounted: timed out waiting for the condition",
        ),
        ("\x1b[2J", "a volume cannot be mounted: \x1b[2J"),
    ],
)
def test_a_volume_that_cannot_be_mounted(message: str, headline: str) -> None:
    (finding,) = findings_of(starting(attachment(PV), events=(volume_event(message, "FailedMount"),)))
    assert (finding.rule, finding.certainty, finding.since) == (mount_failed.id, Certainty.LIKELY, at(10))
    assert finding.headline == f"web-0: {headline}"
    assert finding.remedies[-1].danger is Danger.REVERSIBLE


def test_the_cause_is_preferred_to_a_later_summary() -> None:
    cause = volume_event(
        'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found', "FailedMount"
    )
    summary = volume_event("Unable to attach or mount volumes: unmounted volumes=[config]: timed out", "FailedMount")
    (finding,) = findings_of(starting(attachment(PV), events=(cause, summary)))
    assert finding.headline.endswith('configmap "web-config" not found')


def test_pods_that_lack_the_same_object_share_a_finding() -> None:
    message = 'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found'
    warnings = [event(f"web-{ordinal}", "FailedMount", message) for ordinal in range(2)]
    objects = around(stateful_set(2, policy="Parallel"), [creating(0), creating(1)], events=tuple(warnings))
    (finding,) = found(mount_failed, objects, 130)
    assert finding.ordinals == (0, 1)
    assert finding.headline.startswith("web-0 and web-1: volume config cannot be mounted")


BAD = (
    volume_event(MULTI),
    volume_event('MountVolume.SetUp failed for volume "c" : configmap "c" not found', "FailedMount"),
)


@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (starting(attachment(PV, "node-2"), events=BAD), 110),
        (starting(attachment(PV), member=pod(0), events=BAD), 700),
        (starting(attachment(PV), member=terminating(0, asked=0), events=BAD), 700),
        (starting(attachment(PV), member=pod(0, ready="False", containers=[running(ready=False)]), events=BAD), 700),
        (starting(attachment(PV)), 130),
        (starting(), 130),
    ],
)
def test_volumes_that_attach_in_time_or_are_attached(objects: SetObjects, now: float) -> None:
    assert findings_of(objects, now) == []


def test_a_slow_start_is_only_a_symptom() -> None:
    (head,) = judged(starting(attachment(PV, "node-2")), 1000).findings
    assert head.rule == volume_attached_elsewhere.id


@pytest.mark.parametrize(
    ("status", "reported"),
    [
        (waiting("ContainerCreating", last=death(255, "Unknown", finished=100), restarts=1), True),
        (waiting("CrashLoopBackOff", last=death(1, finished=100), restarts=3), False),
        (waiting("ContainerCreating", last=death(255, "Unknown", finished=895), restarts=1), False),
        (running(ready=False, since=200), False),
    ],
    ids=["waits for its volumes", "crashes", "terminated after the error", "runs"],
)
def test_whether_a_mount_error_keeps_the_containers_of_a_running_pod_down(
    status: ContainerStatus, reported: bool
) -> None:
    held = pod(0, ready="False", reason="ContainersNotReady", ready_since=110, containers=[status])
    why = 'MountVolume.SetUp failed for volume "pv-data-web-0" : driver csi not found'
    objects = around(stateful_set(1), [held], events=(event("web-0", "FailedMount", why, first=120, last=890),))
    assert bool(found(mount_failed, objects, 900)) is reported


def test_a_detach_that_the_driver_does_not_confirm() -> None:
    held = attachment(PV, "node-2", deletion_timestamp=at(20))
    objects = starting(held, nodes={"node-1": node("node-1")})
    (finding,) = found(volume_attached_elsewhere, objects, 600, first_seen=130)
    texts = [one.text for one in finding.remedies]
    assert texts[1] == "check that the controller of the driver is running: it confirms the detach"
    still = starting(attachment(PV, "node-2"), nodes={"node-1": node("node-1")})
    (finding,) = found(volume_attached_elsewhere, still, 600, first_seen=130)
    assert finding.remedies[-1].command == f"kubectl delete volumeattachment {PV}-node-2 --wait=false"
