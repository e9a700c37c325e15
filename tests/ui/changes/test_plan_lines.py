"""A plan as lines of a dialog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stsview.actions.goals import Replaced
from stsview.actions.intents import ForceDelete
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, PodStep, Result
from stsview.model.finding import Danger, Ref
from stsview.objects.meta import Key
from stsview.ui.changes.plan_lines import overflow_text, plan_lines
from stsview.ui.kit.look.roles import Spans

FORCE = ForceDelete(Key("infra", "vault"), "set", "vault-2", "pod")


def plan(*manual_only: Alternative) -> Plan:
    return Plan(
        intent=FORCE,
        about=Ref("Pod", "infra", "vault-2", "pod"),
        title="Force-delete infra/vault-2",
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        steps=("the API server forgets vault-2 at once",),
        checks=(Check("node", Result.WARN, "node w-7 silent for 46m"),),
        risks=("Two vault-2 may write to data-vault-2.",),
        safer=(Alternative("bring w-7 back"), Alternative("mark it out of service", "kubectl taint nodes w-7 …")),
        same_as="kubectl -n infra delete pod vault-2 --grace-period=0 --force",
        confirmation=Confirmation(name="vault-2"),
        requests=(),
        goal=Replaced("vault-2", "pod"),
        danger=Danger.LOSS,
        ends=(),
        preconditions=(),
        manual_only=manual_only,
    )


def text(lines: list[Spans]) -> list[str]:
    return ["".join(word for word, _ in line).strip() for line in lines]


@pytest.mark.parametrize("width", [40, 118])
def test_alternatives_that_are_more_dangerous_come_last_with_their_command(width: int) -> None:
    lines = text(plan_lines(plan(Alternative("detach it at once", "kubectl delete volumeattachment csi-1")), width))
    assert lines[-3:] == [
        "NOT OFFERED (more dangerous)",
        "detach it at once",
        "kubectl delete volumeattachment csi-1",
    ]
    assert lines.index("SAFER") < lines.index("SAME AS") < len(lines) - 3
    assert not lines[-4]


def test_no_heading_without_dangerous_alternatives() -> None:
    lines = text(plan_lines(plan(), 118))
    assert lines[-2:] == ["SAME AS", "kubectl -n infra delete pod vault-2 --grace-period=0 --force"]


def test_refusals_come_first_and_overridden_ones_show_the_reason() -> None:
    alive = Check("node", Result.FAIL, "node w-7 is Ready", overridable=True)
    unknown = Check("lease", Result.UNKNOWN, "its lease is unknown", overridable=True, required=True)
    refused = replace(plan(), checks=(alive, unknown))
    assert text(plan_lines(refused, 80))[:4] == ["REFUSED", "✖ node w-7 is Ready", "✖ its lease is unknown", ""]
    finalizer = Check("finalizers", Result.FAIL, "a finalizer holds it")
    overridden = replace(refused, checks=(alive, unknown, finalizer), intent=replace(FORCE, override=" it hangs\x1b "))
    lines = text(plan_lines(overridden, 80, brief=True))
    assert lines[:2] == ["REFUSED", "✖ a finalizer holds it"]
    assert lines[3:7] == ["OVERRIDDEN", "✖ node w-7 is Ready", "✖ its lease is unknown", "reason: it hangs␛"]
    assert lines[lines.index("CHECKED") + 1 :][:3] == [
        "✖ node w-7 is Ready",
        "? its lease is unknown",
        "✖ a finalizer holds it",
    ]


def test_long_runs_of_similar_steps_are_folded_and_no_other_step_is_hidden() -> None:
    pods = [f"zk-{ordinal}" for ordinal in range(19, -1, -1)]
    pod_steps = tuple(PodStep(pod, int(pod[3:]), "uid", "zk-new") for pod in pods)
    steps = [f"evict {pod}, recreated on new" for pod in pods]
    odd = "evict zk-12, recreated on old"
    lines = text(plan_lines(replace(plan(), steps=(*steps[:7], odd, *steps[8:], "it stops"), pod_steps=pod_steps), 118))
    steps_shown = lines[1 : lines.index("CHECKED") - 1]
    assert steps_shown == [
        *(f"{number} {step}" for number, step in enumerate(steps[:7], 1)),
        f"8 {odd}",
        *(f"{number} {step}" for number, step in enumerate(steps[8:12], 9)),
        "… 7 more, one at a time: zk-7 to zk-1",
        f"20 {steps[19]}",
        "21 it stops",
    ]
    short = text(plan_lines(replace(plan(), steps=tuple(steps[:9]), pod_steps=pod_steps[:9]), 118))
    assert short[1:10] == [f"{number} {step}" for number, step in enumerate(steps[:9], 1)]


def test_the_frame_says_that_there_is_more_to_scroll_to() -> None:
    assert overflow_text(plan()) == "▲ 1 warning · scroll for more"
    assert overflow_text(replace(plan(), checks=(Check("live", Result.PASS, "live"),))) == "scroll for more"
