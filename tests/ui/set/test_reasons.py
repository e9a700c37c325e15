from __future__ import annotations

from msgspec.structs import replace

from stsview.model.finding import Finding, Level, Ref
from stsview.model.views import Severity, Wait, WaitReason
from stsview.ui.kit.look.roles import plain
from stsview.ui.set.reasons import reasons
from tests.support.ui.fleets import (
    NOW,
    healthy,
    kafka,
    zookeeper,
)


def test_reasons_of_a_stuck_set() -> None:
    (reason,) = reasons(kafka(), NOW)
    assert plain(reason.headline).startswith("✖ waits for kafka-3   since ")
    assert plain(reason.headline).endswith(" · 12m")
    assert [(line.label, plain(line.spans)) for line in reason.lines] == [
        ("cause", "CrashLoopBackOff, exit 1, 12 times · container kafka: exit 1, last: Unknown broker property"),
        ("effect", "kafka-2, kafka-1, kafka-0 stay on 5d4b99c7f8; nothing else moves until kafka-3 is Ready"),
        ("next step", "roll back to 5d4b99c7f8, then delete kafka-3: a rollback alone won't help"),
    ]


def test_the_detail_of_the_pod_is_not_repeated() -> None:
    stuck = kafka()
    pod = next(row for row in stuck.ordinals if row.ordinal == 3)
    said = replace(
        pod, state=replace(pod.state, detail="0/3 nodes are available: 3 Insufficient cpu. preemption: none")
    )
    rows = tuple(said if row is pod else row for row in stuck.ordinals)
    wait = replace(stuck.why, detail="cannot be scheduled: 0/3 nodes are available: 3 Insufficient cpu.")
    (reason,) = reasons(replace(stuck, ordinals=rows, why=wait, wait=wait), NOW)
    assert plain(reason.lines[0].spans) == wait.detail


def test_a_wait_apart_from_the_reason_is_shown_too() -> None:
    rolling = Wait(WaitReason.REPLACING, "replaces zookeeper-2", severity=Severity.ROLLING)
    both = reasons(replace(zookeeper(), wait=rolling), NOW)
    assert [plain(reason.headline).split("   ")[0] for reason in both] == [
        "▲ Service zk-hs is not headless",
        "◐ replaces zookeeper-2",
    ]


def test_a_healthy_set_is_summarized() -> None:
    (reason,) = reasons(healthy("mq", "rabbitmq", 3), NOW)
    assert plain(reason.headline) == "● healthy   for 214d"
    assert plain(reason.lines[0].spans) == "3 of 3 ready · OrderedReady · RollingUpdate · created 214d ago"


def test_a_wait_that_a_notice_explains_is_not_said_twice() -> None:
    notice = Finding("on-delete-pending", Level.NOTICE, Ref("StatefulSet", "mq", "rabbitmq"), "by hand", None, ())
    wait = Wait(WaitReason.ON_DELETE, "3 pods need manual deletion (OnDelete)", severity=Severity.ROLLING)
    view = replace(healthy("mq", "rabbitmq", 3), severity=Severity.ROLLING, wait=wait, why=wait)
    assert [plain(one.headline).split("   ")[0] for one in reasons(view, NOW)] == [f"◐ {wait.headline}"]
    both = reasons(replace(view, findings=(notice,)), NOW)
    assert [plain(one.headline).split("   ")[0] for one in both] == ["· by hand", "◐ rolling"]
