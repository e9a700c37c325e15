"""Dialog of an action: plan, confirmation, override, and follow-up."""

from __future__ import annotations

import pytest
from msgspec import structs
from msgspec.structs import replace

from stsview.actions.intents import DeletePod, ForceDelete, Intent, Reconcile, Scale
from stsview.actions.plan import Alternative, Answers, Attestation, Check, Confirmation, Plan, Result
from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.states import Health, PodKind
from stsview.model.views import PodState
from stsview.objects.meta import Key
from stsview.ui.changes.action_screen import ActionScreen
from stsview.ui.findings.explain_screen import ExplainScreen
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.findings.step_chooser import StepChooser
from stsview.ui.kit.look.roles import plain
from stsview.ui.kit.widgets.span_lines import SpanLines
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import STRICT, FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, kafka, ordinal_of
from tests.support.ui.stage import wait_for

KAFKA = Key("data", "kafka")

ALIVE = (
    Check("node", Result.FAIL, "node w-7 is Ready: its kubelet can finish", overridable=True),
    Check("lease", Result.UNKNOWN, "the lease of w-7 is unknown, and counts as renewed", True, True),
)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_reversible_plan_is_confirmed_by_one_key_and_followed_after_the_dialog_is_closed(
    size: tuple[int, int],
) -> None:
    action_service = FakeActions()
    async with driving(action_service=action_service, size=size) as driver:
        await driver.open("kafka")
        await driver.press("s")
        await driver.sees("now 6")
        for wrong, problem in (("x", "replicas must be a whole number"), ("6", "already has 6 replicas")):
            await driver.press(wrong, "enter")
            await driver.sees(problem)
            await driver.press("backspace")
        await driver.press("3", "enter")
        await driver.sees("WHAT HAPPENS")
        # Esc goes back to the form, which keeps the answer.
        await driver.press("escape")
        await driver.sees("Replicas")
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [Scale(KAFKA, kafka().uid, 3, 6)] * 2
        for words in ("1 set replicas to 3", "2 terminate [b]kafka-5[/b]", "y confirm"):
            assert words in driver.text, words
        for words in ("▲ HPA kafka also writes this set", "? its budget is unknown", "The data is lost.", "SAFER"):
            assert words in driver.text, words
        assert "✔ 1 other check passed (v shows them)" in driver.text
        await driver.press("v")
        await driver.sees("✔ data is live")
        await driver.press("v")
        await driver.sees_no("✔ data is live")
        await driver.press("y")
        await driver.sees("◐ running")
        assert action_service.confirmed == [Answers()]
        await driver.press("escape")
        await driver.sees("ORD")
        await driver.press("a")
        await driver.sees("◐ running")
        action_service.runs[0].step.set()
        await driver.sees("● done")


async def test_a_dangerous_plan_is_not_confirmed_before_every_field_is_filled() -> None:
    action_service = FakeActions(STRICT)
    async with driving(action_service=action_service, size=(120, 44)) as driver:
        await driver.open("kafka")
        await driver.press("s")
        await driver.sees("now 6")
        await driver.press("3", "enter")
        await driver.sees("[ ] I have made sure that w-7 is off")
        assert "Type the set name (kafka) to confirm" in driver.text
        assert "Type the context name (prod-eu1) to confirm" in driver.text
        # The name has the focus. Enter attests nothing, and shows where something is missing.
        await driver.press("enter", "enter")
        await driver.sees("not attested (space ticks it): I have made sure that w-7 is off")
        assert "enter confirm" not in driver.lines[-1]
        # What is typed goes to the name in its order, whatever has the focus; no key is lost between two fields.
        await driver.burst("space", *"kafak", "shift+tab", "space", "space", "tab", "backspace", "backspace")
        await driver.sees("[x] I have made sure")
        await driver.type("x")
        await driver.sees("✖ no match")
        await driver.press("enter")
        await driver.sees('"kafx" does not match: type kafka')
        assert action_service.confirmed == []
        await driver.press("backspace")
        # A space around a name is none of its letters.
        await driver.type("ka ")
        await driver.press("enter")
        await driver.sees("type prod-eu1 to confirm")
        await driver.type("prod-eu1")
        await driver.press("enter")
        await driver.sees("enter a reason")
        assert action_service.confirmed == []
        await driver.type("disk q")
        assert "enter confirm" in driver.lines[-1]
        await driver.press("enter")
        await driver.sees("◐ running")
        assert action_service.confirmed == [Answers("kafka", frozenset({"node-is-off"}), "prod-eu1", "disk q")]
        await driver.press("ctrl+s")
        await driver.sees("▲ stopped")


async def test_a_changed_plan_is_shown_and_must_be_confirmed_again() -> None:
    action_service = FakeActions()
    action_service.changes = ("replicas was 6, is 5",)
    async with driving(action_service=action_service, size=(120, 44)) as driver:
        await driver.open("kafka")
        await driver.press("ctrl+d")
        await driver.sees("y confirm")
        await driver.press("y")
        await driver.sees("CHANGED")
        assert "replicas was 6, is 5" in driver.text
        assert "Scale data/kafka from 5 to 3" in driver.text
        assert action_service.runs == []
        action_service.refuses = "data is not live: no word"
        await driver.press("y")
        await driver.sees("data is not live: no word")
        assert action_service.runs == []


async def test_a_refused_plan_shows_the_reason_and_cannot_be_confirmed() -> None:
    action_service = FakeActions()
    action_service.checks = (Check("rights", Result.FAIL, "you may not delete pods in data"),)
    async with driving(action_service=action_service, size=(120, 44)) as driver:
        await driver.open("kafka")
        await driver.press("ctrl+d")
        await driver.sees("✖ you may not delete pods in data")
        assert "confirm" not in driver.text
        await driver.press("y", "enter")
        assert action_service.confirmed == []


@pytest.mark.parametrize(
    ("size", "confirmation"),
    [((80, 24), replace(STRICT, context="")), ((120, 44), Confirmation(reason=True))],
    ids=["fields", "key"],
)
async def test_a_written_reason_overrides_a_refusal_and_the_new_plan_must_be_confirmed(
    size: tuple[int, int], confirmation: Confirmation
) -> None:
    stuck = ordinal_of("kafka", 1, PodState("stuck Terminating", Health.DEGRADED, kind=PodKind.STUCK_TERMINATING))
    view = structs.replace(kafka(), ordinals=tuple(stuck if row.ordinal == 1 else row for row in kafka().ordinals))
    action_service = FakeActions(confirmation)
    action_service.checks = ALIVE
    async with driving(FakeSource(fleet_of(view)), action_service=action_service, size=size) as driver:
        await driver.open("kafka")
        await driver.press("g", "j", "ctrl+k")
        await driver.sees("REFUSED")
        await driver.press("enter")
        await driver.sees("enter a reason")
        assert "enter override" not in driver.lines[-1]
        await driver.press("space", "enter")
        await driver.sees("enter a reason")
        await driver.press("backspace")
        await driver.type("disk hangs")
        assert "enter override" in driver.lines[-1]
        first, *_ = action_service.asked
        await driver.burst("enter", "enter", "enter")
        await driver.sees("OVERRIDDEN")
        assert isinstance(first, ForceDelete)
        assert action_service.asked == [first, replace(first, override="disk hangs")]
        assert action_service.confirmed == []
        for check in ALIVE:
            assert f"✖ {check.words}" in driver.text
        assert "reason: disk hangs" in driver.text
        assert "REFUSED" not in driver.text
        if confirmation.name:
            await driver.press("shift+tab", "space")
            await driver.type("kafka")
            assert "enter confirm" in driver.lines[-1]
            await driver.press("enter")
        else:
            assert "y confirm" in driver.lines[-1]
            await driver.press("y")
        await driver.sees("◐ running")
        ticked = frozenset(one.id for one in confirmation.attestations)
        assert action_service.confirmed == [Answers(confirmation.name, ticked, reason="disk hangs")]


async def test_no_override_is_offered_for_a_refusal_that_cannot_be_overridden() -> None:
    action_service = FakeActions()
    action_service.checks = (*ALIVE, Check("finalizers", Result.FAIL, "a finalizer holds it"))
    async with driving(action_service=action_service) as driver:
        for intent in (
            ForceDelete(KAFKA, "u", "kafka-1", "p"),
            replace(ForceDelete(KAFKA, "u", "kafka-1", "p"), override="because"),
        ):
            driver.fleet.open_plan(intent)
            await driver.sees("REFUSED")
            assert "Reason to override" not in driver.text
            await driver.press("tab", "a", "enter", "escape")
            await driver.sees("NAMESPACE")
        assert len(action_service.asked) == 2
        assert action_service.confirmed == []


LONG = " ".join(f"word-{number}" for number in range(30))


class LongActions(FakeActions):
    """Plans in which every kind of line is longer than any terminal is wide."""

    async def plan(self, intent: Intent) -> Plan:
        plan = await super().plan(intent)
        long = Alternative(f"safer {LONG}", f"kubectl {LONG}")
        return replace(
            plan,
            steps=("x" * 300, LONG),
            checks=(*plan.checks, Check("long", Result.WARN, LONG), Check("more", Result.FAIL, LONG, overridable=True)),
            risks=(LONG,),
            safer=(long,),
            manual_only=(long,),
            same_as=f"kubectl {LONG}",
        )


async def test_no_line_of_a_plan_loses_a_cell() -> None:
    attested = Attestation("node-is-off", f"I have made sure that {'machine ' * 12}is off")
    action_service = LongActions(Confirmation("kafka", (attested,)))
    action_service.changes = (LONG,)
    async with driving(action_service=action_service, size=(80, 24)) as driver:
        driver.fleet.open_plan(replace(ForceDelete(KAFKA, "u", "kafka-1", "p"), override=LONG))
        await driver.sees("OVERRIDDEN")
        assert "is off" in driver.text, "the end of what is attested"
        await driver.press("shift+tab", "space")
        await driver.type("kafka")
        # Nothing is confirmed that was not read.
        await driver.press("enter")
        await driver.sees("scroll to the end first (pgdn)")
        assert action_service.confirmed == []
        screen = driver.app.screen
        assert isinstance(screen, ActionScreen)
        while screen.body.has_more_below:
            await driver.press("pagedown")
        await driver.sees_no("more below")
        await driver.sees_no("scroll to the end first")
        await driver.press("up", "enter")
        await driver.sees("CHANGED")
        assert len(action_service.confirmed) == 1
        assert "more below" in driver.text
        for width, height in ((80, 24), (100, 30), (120, 36)):
            await driver.pilot.resize_terminal(width, height)
            await driver.settle()
            assert width - 14 < screen.body.cells < width - 5
            lines = {plain(line).rstrip() for line in screen.query_one("#action-lines", SpanLines).lines}
            assert max(map(len, lines)) == screen.body.cells
            seen: set[str] = set()
            for top in range(0, len(screen.query_one("#action-lines", SpanLines).lines), screen.body.size.height):
                screen.body.scroll_to(y=top, animate=False)
                await driver.settle()
                seen.update(driver.lines)
            missing = [line for line in lines if not any(f" {line} " in shown for shown in seen)]
            assert not missing


async def test_keys_act_on_the_selected_pod() -> None:
    stuck = ordinal_of("kafka", 1, PodState("stuck Terminating", Health.DEGRADED, kind=PodKind.STUCK_TERMINATING))
    rows = tuple(stuck if row.ordinal == 1 else row for row in kafka().ordinals)
    view = kafka()
    action_service = FakeActions()
    async with driving(
        FakeSource(fleet_of(structs.replace(view, ordinals=rows))), action_service=action_service
    ) as driver:
        await driver.open("kafka")
        await driver.press("g", "j")
        for key, intent in (("ctrl+d", DeletePod), ("ctrl+k", ForceDelete)):
            await driver.press(key)
            await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, ActionScreen), "the dialog is open")
            await driver.sees("WHAT HAPPENS")
            assert type(action_service.asked[-1]) is intent
            assert action_service.asked[-1] == intent(KAFKA, view.uid, "kafka-1", stuck.uid or "")
            await driver.press("escape")
        await driver.press("j", "ctrl+k")
        await driver.sees("WHAT HAPPENS")
        assert type(action_service.asked[-1]) is DeletePod
        await driver.press("escape", "colon")
        await driver.type("reconcile")
        await driver.press("enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked[-1:] == [Reconcile(KAFKA, view.uid)]


@pytest.mark.parametrize(
    "source",
    [
        FakeSource(health=PictureHealth(Link.SILENT)),
        FakeSource(scope=Scope("prod-eu1", read_only="--read-only")),
    ],
    ids=["stale", "read-only"],
)
async def test_no_action_is_offered_on_stale_data_or_in_read_only_mode(source: FakeSource) -> None:
    action_service = FakeActions()
    async with driving(source, action_service=action_service) as driver:
        assert "scale" not in driver.lines[-1]
        await driver.press("s")
        await driver.settle()
        assert action_service.asked == []
        assert not isinstance(driver.app.screen, ActionScreen)


async def test_quitting_while_an_action_runs_warns_once() -> None:
    action_service = FakeActions()
    async with driving(action_service=action_service, size=(120, 44)) as driver:
        await driver.open("kafka")
        await driver.press("ctrl+d")
        await driver.sees("y confirm")
        await driver.press("y")
        await driver.sees("◐ running")
        await driver.press("escape", "q")
        await driver.sees("an action is running")
        assert driver.app.is_running
        await driver.press("q")
        assert driver.app.return_code == 0


FINDING = Finding(
    "pod-never-started",
    Level.ERROR,
    Ref("Pod", "data", "kafka-1", "u"),
    "kafka-1: held up",
    NOW,
    (Evidence("Pod kafka-1", "status.phase", "Running"),),
    remedies=(
        Remedy("read its events", Danger.READ_ONLY, command="kubectl describe pod kafka-1"),
        Remedy("as the last resort force-delete it", Danger.LOSS, ActionId.FORCE_DELETE, "kubectl …", "kafka-1"),
    ),
    ordinals=(1,),
)
SILENT = structs.replace(
    FINDING,
    rule="controller-not-acting",
    object=Ref("StatefulSet", *KAFKA, "u"),
    headline="the controller does not act",
    remedies=(Remedy("wake it", Danger.REVERSIBLE, ActionId.RECONCILE, "kubectl …"),),
    ordinals=(),
)


async def test_a_step_can_be_taken_by_its_number_on_every_screen_that_shows_it() -> None:
    view = structs.replace(kafka(), findings=(FINDING, SILENT))
    pod = next(row for row in view.ordinals if row.ordinal == 1)
    force, reconcile = ForceDelete(KAFKA, view.uid, "kafka-1", pod.uid or ""), Reconcile(KAFKA, view.uid)
    source, action_service = FakeSource(fleet_of(view)), FakeActions()
    async with driving(source, action_service=action_service, size=(140, 36)) as driver:
        # The fleet and the set number the steps of all findings of the set.
        await driver.stand_on("kafka")
        assert "t fix…" in driver.lines[-1]
        await driver.press("t")
        await driver.sees("3  wake it")
        await driver.press("3")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [reconcile]
        assert "f1 why" in driver.lines[-1]
        await driver.press("f1")
        await driver.sees("─ controller-not-acting ─")
        await driver.press("escape")
        # Esc goes back to the choice, and only then to the fleet.
        await driver.press("escape")
        await driver.sees("3  wake it")
        await driver.press("escape")
        await driver.open("kafka")
        assert "t 2        ▲ as the last resort force-delete it · data-loss risk" in driver.text
        await driver.press("t", "down", "enter")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [reconcile, force]
        await driver.press("escape")
        await driver.sees("3  wake it")
        await driver.press("escape", "f")
        await driver.sees("CONFIDENCE")
        findings = driver.app.screen
        assert isinstance(findings, FindingsScreen)
        findings.table.move_cursor(next(key for key in findings.table.keys if key.rule == FINDING.rule))
        await driver.press("w")
        await driver.sees("SOURCE")
        assert isinstance(driver.app.screen, ExplainScreen)
        await driver.press("t", "2")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [reconcile, force, force]
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, StepChooser), "the choice is back")
        await driver.press("escape")
        source.set_health(PictureHealth(Link.SILENT))
        await driver.press("t", "2")
        await driver.sees("step 2: prod-eu1 does not")
        assert len(action_service.asked) == 3


async def test_a_preview_is_shown_while_a_check_takes_seconds_and_keeps_what_is_typed() -> None:
    action_service = FakeActions(replace(STRICT, context=""))
    action_service.previewed = True
    action_service.settled.clear()
    intent = ForceDelete(KAFKA, "u", "kafka-1", "p")
    async with driving(action_service=action_service, size=(100, 40)) as driver:
        driver.fleet.open_plan(intent)
        await driver.sees("WHAT HAPPENS")
        assert "checking node lease, 12 s left" in driver.text
        assert "SAME AS" not in driver.text
        await driver.type("kafka")
        await driver.press("shift+tab", "space", "enter")
        driver.source.pass_time(3)
        await driver.sees("checking node lease, 9 s left")
        assert "enter confirm" not in driver.lines[-1]
        assert action_service.confirmed == []
        action_service.settled.set()
        await driver.sees("SAME AS")
        assert "[x] I have made sure" in driver.text
        assert "✔ pre-flight checks complete" in driver.text
        await driver.press("enter")
        await driver.sees("enter a reason")
        await driver.type("gone")
        await driver.press("enter")
        await driver.sees("◐ running")
        ticked = frozenset({"node-is-off"})
        assert action_service.confirmed == [Answers("kafka", ticked, reason="gone")]
