from __future__ import annotations

from dataclasses import replace

from stsview.model.views import Severity, Wait, WaitReason
from stsview.ui.presentation.peek import reasons
from stsview.ui.roles import plain
from tests.ui.fleets import (
    NOW,
    healthy,
    kafka,
    zookeeper,
)


def test_why_it_is_stuck() -> None:
    (told,) = reasons(kafka(), NOW)
    assert plain(told.headline).startswith("✖ waits for kafka-3   since ")
    assert plain(told.headline).endswith(" · 12m")
    assert [(label, plain(spans)) for label, spans in told.lines] == [
        ("because", "CrashLoopBackOff, exit 1, 12 times · container kafka: exit 1, last: Unknown broker property"),
        ("so", "kafka-2, kafka-1, kafka-0 stay on 5d4b99c7f8; nothing else moves until kafka-3 is Ready"),
        ("next", "undo to 5d4b99c7f8 and delete kafka-3: undo alone will not free it"),
    ]


def test_a_wait_that_is_not_the_reason_is_told_as_well() -> None:
    rolling = Wait(WaitReason.REPLACING, "replaces zookeeper-2", severity=Severity.ROLLING)
    both = reasons(replace(zookeeper(), wait=rolling), NOW)
    assert [plain(reason.headline).split("   ")[0] for reason in both] == [
        "▲ Service zk-hs is not headless",
        "◐ replaces zookeeper-2",
    ]


def test_a_healthy_set_says_what_it_is() -> None:
    (told,) = reasons(healthy("mq", "rabbitmq", 3), NOW)
    assert plain(told.headline) == "● healthy   for 214d"
    assert plain(told.lines[0][1]) == "3 of 3 ready · OrderedReady · RollingUpdate · created 214d ago"
