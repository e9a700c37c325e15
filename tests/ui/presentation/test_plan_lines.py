"""A plan as lines of a dialog."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stsview.actions.goals import Replaced
from stsview.actions.intent import ForceDelete
from stsview.actions.plan import Check, Confirmation, Plan, Result, Safer
from stsview.model.finding import Danger, Ref
from stsview.objects.meta import Key
from stsview.ui.presentation.plan_lines import plan_lines
from stsview.ui.roles import Spans


def plan(*by_hand: Safer) -> Plan:
    intent = ForceDelete(Key("infra", "vault"), "set", "vault-2", "pod")
    return Plan(
        action="force-delete",
        intent=intent,
        about=Ref("Pod", "infra", "vault-2", "pod"),
        title="Force-delete infra/vault-2",
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        steps=("the API server forgets vault-2 at once",),
        checks=(Check("node", Result.WARN, "node w-7 silent for 46m"),),
        risks=("Two vault-2 may write to data-vault-2.",),
        safer=(Safer("bring w-7 back"), Safer("mark it out of service", "kubectl taint nodes w-7 …")),
        same_as="kubectl -n infra delete pod vault-2 --grace-period=0 --force",
        confirmation=Confirmation(name="vault-2"),
        requests=(),
        goal=Replaced("vault-2", "pod"),
        danger=Danger.LOSS,
        rests_on=(),
        by_hand=by_hand,
    )


def text(lines: list[Spans]) -> list[str]:
    return ["".join(word for word, _ in line).strip() for line in lines]


@pytest.mark.parametrize("width", [40, 118])
def test_what_is_more_dangerous_comes_last_with_its_command(width: int) -> None:
    shown = text(plan_lines(plan(Safer("detach it at once", "kubectl delete volumeattachment csi-1")), width))
    assert shown[-3:] == [
        "MORE DANGEROUS STILL, AND NOT DONE HERE",
        "detach it at once",
        "kubectl delete volumeattachment csi-1",
    ]
    assert shown.index("SAFER") < shown.index("SAME AS") < len(shown) - 3
    assert not shown[-4]


def test_where_there_is_nothing_like_that_nothing_is_said() -> None:
    shown = text(plan_lines(plan(), 118))
    assert shown[-2:] == ["SAME AS", "kubectl -n infra delete pod vault-2 --grace-period=0 --force"]
