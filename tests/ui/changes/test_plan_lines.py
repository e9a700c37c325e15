"""A plan as lines of a dialog."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from stsview.actions.goals import Replaced
from stsview.actions.intents import ForceDelete
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Result
from stsview.model.finding import Danger, Ref
from stsview.objects.meta import Key
from stsview.text.ages import zone_name
from stsview.ui.changes.plan_lines import Extent, has_more, plan_lines
from stsview.ui.kit.look.roles import Spans

FORCE = ForceDelete(Key("infra", "vault"), "set", "vault-2", "pod")

KUBECTL = "kubectl -n infra delete pod vault-2 --grace-period=0 --force"


def plan(*manual_only: Alternative) -> Plan:
    return Plan(
        intent=FORCE,
        about=Ref("Pod", "infra", "vault-2", "pod"),
        title="Force-delete infra/vault-2",
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        steps=("the API server forgets vault-2 at once",),
        checks=(
            Check("live", Result.PASS, "data is live"),
            Check("node", Result.WARN, "node w-7 silent for 46m"),
            Check("same-set", Result.PASS, "same object"),
        ),
        risks=("Two vault-2 may write to data-vault-2.",),
        safer=(Alternative("bring w-7 back"), Alternative("mark it out of service", "kubectl taint nodes w-7 …")),
        same_as=KUBECTL,
        confirmation=Confirmation(name="vault-2"),
        requests=(),
        goal=Replaced("vault-2", "pod"),
        danger=Danger.LOSS,
        ends=(),
        preconditions=(),
        manual_only=manual_only,
        details=("its uid is pod",),
    )


def text(lines: list[Spans]) -> list[str]:
    return ["".join(word for word, _ in line).strip() for line in lines]


def test_what_must_be_read_comes_first_and_checks_that_passed_are_counted() -> None:
    assert text(plan_lines(plan(Alternative("detach it")), 80, ["replicas was 3, is 2"], extent=Extent.TIGHT)) == [
        "CHANGED",
        "replicas was 3, is 2",
        "RISK",
        "Two vault-2 may write to data-vault-2.",
        "WHAT HAPPENS",
        "1 the API server forgets vault-2 at once",
        "CHECKED",
        "▲ node w-7 silent for 46m",
        "✔ 2 other checks passed (v shows them)",
        "SAFER",
        "bring w-7 back",
        "mark it out of service  kubectl taint nodes w-7 …",
        f"SAME AS  {KUBECTL}",
        "NOT OFFERED (more dangerous)",
        "detach it",
    ]
    airy = text(plan_lines(plan(), 80))
    assert [airy[number + 1].split("  ")[0] for number, line in enumerate(airy) if not line] == [
        "WHAT HAPPENS",
        "CHECKED",
        "SAFER",
        "SAME AS",
    ]
    assert airy[0] == "RISK"
    spaced = text(plan_lines(plan(), 80, extent=Extent.SPACED))
    assert [line for line in spaced if line] == text(plan_lines(plan(), 80, extent=Extent.TIGHT))
    assert spaced.count("") == airy.count("")


def test_times_are_local_with_their_zone_except_in_commands() -> None:
    at = "2026-01-01T09:30:00Z"
    named = zone_name(datetime.fromisoformat(at))
    timed = replace(plan(), steps=(f"wait until {at}",), same_as=f"kubectl annotate {at}", risks=())
    lines = text(plan_lines(timed, 80, [f"the lease was renewed since {at}"], extent=Extent.TIGHT))
    assert [line for line in lines if at in line] == [f"SAME AS  kubectl annotate {at}"]
    assert sum(named in line for line in lines) == 2


def test_a_refused_plan_that_changes_nothing_has_no_steps() -> None:
    refused = replace(plan(), steps=(), checks=(Check("revision", Result.FAIL, "no previous revision"),))
    assert "WHAT HAPPENS" not in text(plan_lines(refused, 80))


def test_without_warnings_there_is_one_line_about_the_checks() -> None:
    passed = replace(plan(), checks=plan().checks[:1])
    lines = text(plan_lines(passed, 80, extent=Extent.TIGHT, key="^o"))
    assert "CHECKED" not in lines
    assert "✔ 1 check passed (^o shows them)" in lines
    assert has_more(passed)
    assert not has_more(replace(passed, checks=(), details=()))


@pytest.mark.parametrize("width", [40, 118])
def test_everything_is_shown_on_request(width: int) -> None:
    lines = text(
        plan_lines(plan(Alternative("detach it at once", "kubectl delete va csi-1")), width, extent=Extent.FULL)
    )
    for words in ("- its uid is pod", "kubectl delete va csi-1"):
        assert any(line.endswith(words) for line in lines), words
    checks = " ".join(lines[lines.index("CHECKED") : lines.index("SAFER")])
    assert checks.startswith("CHECKED ▲ node")
    assert "✔ data is live" in checks
    assert "✔ same object" in checks
    assert "shows" not in checks


def test_a_long_command_is_cut_until_everything_is_shown() -> None:
    long = replace(plan(), same_as=" && ".join([KUBECTL] * 6))
    (first, second) = text(plan_lines(long, 80))[-2:]
    assert first.startswith("SAME AS  kubectl")
    assert second.endswith("… (v shows all)")
    for whole in (Extent.FULL, Extent.ROOMY):
        assert " ".join(text(plan_lines(long, 80, extent=whole))).endswith(long.same_as)


def test_the_command_of_an_alternative_stands_beside_it_or_below_where_there_is_room() -> None:
    wide = replace(plan(), safer=(Alternative("mark it out of service", f"kubectl taint nodes {'w' * 60}"),))
    airy = text(plan_lines(wide, 80))
    assert airy[airy.index("mark it out of service") + 1].startswith("kubectl taint nodes")
    tight = text(plan_lines(wide, 80, extent=Extent.TIGHT))
    assert tight[-2] == "mark it out of service"
    assert tight[-3] == "SAFER"


def test_refusals_come_first_and_once_and_overridden_ones_show_the_reason() -> None:
    alive = Check("node", Result.FAIL, "node w-7 is Ready", overridable=True)
    unknown = Check("lease", Result.UNKNOWN, "its lease is unknown", overridable=True, required=True)
    refused = replace(plan(), checks=(alive, unknown))
    lines = text(plan_lines(refused, 80))
    assert lines[:4] == ["REFUSED", "✖ node w-7 is Ready", "✖ its lease is unknown", ""]
    many = replace(plan(), checks=tuple(replace(alive, words=f"web-{number} is Ready") for number in range(5)))
    assert text(plan_lines(many, 80))[:5] == [
        "REFUSED",
        "✖ web-0 is Ready",
        "✖ web-1 is Ready",
        "and 3 others (v shows them)",
        "",
    ]
    assert has_more(many)
    assert "✖ web-4 is Ready" in text(plan_lines(many, 80, extent=Extent.FULL))
    assert "CHECKED" not in lines
    assert not any("kubectl -n infra delete" in line for line in lines)
    finalizer = Check("finalizers", Result.FAIL, "a finalizer holds it")
    overridden = replace(refused, checks=(alive, unknown, finalizer), intent=replace(FORCE, override=" it hangs\x1b "))
    lines = text(plan_lines(overridden, 80, extent=Extent.TIGHT))
    assert lines[:6] == [
        "REFUSED",
        "✖ a finalizer holds it",
        "OVERRIDDEN",
        "✖ node w-7 is Ready",
        "✖ its lease is unknown",
        "reason: it hangs␛",
    ]
    assert sum("node w-7 is Ready" in line for line in lines) == 1
