"""The plans of the demo's tour on the smallest terminal: what is in sight without scrolling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Cordon,
    DeletePod,
    ForceDelete,
    Grow,
    Intent,
    OrderedRestart,
    PauseRollout,
    Reconcile,
    Recreate,
    Restart,
    ResumeRecreate,
    ResumeRollout,
    Scale,
    Unblock,
    Uncordon,
    Undo,
)
from stsview.actions.plan import Plan
from stsview.model.action_id import ActionId
from stsview.model.states import PodKind
from stsview.model.storage.sizes import claim_templates
from stsview.model.views import SetView, Severity
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.ui.changes.action_screen import ActionScreen
from stsview.ui.changes.plan_lines import Extent, plan_lines
from stsview.ui.changes.remedy_intents import owned_pod
from stsview.ui.kit.look.roles import plain
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions

_FEW = 6
"""Ordinals of a set that is not long."""

_MAX_STEP_LINES = 5

_CELLS = 74
"""Width of a plan on a terminal of 80 columns, beside a scroll bar."""


class Prepared(FakeActions):
    """Answers with plans that were made before."""

    def __init__(self, plans: list[Plan]) -> None:
        super().__init__()
        self._plans = {plan.intent: plan for plan in plans}

    async def plan(self, intent: Intent) -> Plan:
        return self._plans[intent]


def intents(view: SetView) -> Iterator[Intent]:
    about = view.key, view.uid
    seen = *about, view.rollout.update
    partition = view.rollout.partition
    yield Scale(*about, view.replicas + 2, view.replicas)
    yield from (Scale(*about, few, view.replicas) for few in {view.replicas - 1, 1, 0} if 0 <= few < view.replicas)
    yield from (Restart(*seen), OrderedRestart(*seen), Reconcile(*about))
    if templates := claim_templates(view):
        yield from (Grow(*about, "4Ti", templates[0], template=template) for template in (False, True))
    yield Recreate(*about, changes=("serviceName=other", "podManagementPolicy=Parallel"))
    if view.rollout.active or view.rollout.on_delete:
        yield from (Undo(*seen), Unblock(*seen), PauseRollout(*seen, partition))
        yield from (CanaryStep(*seen, partition), CanaryStep(*seen, partition, to_end=True))
        yield from (CanaryAbort(*seen, partition), OrderedRestart(*seen, other_revision=True))
    else:
        yield CanaryStart(*seen, 1, restart=True)
    for row in {row.state.label: row for row in view.ordinals if owned_pod(row) is not None}.values():
        stuck = row.state.kind is PodKind.STUCK_TERMINATING
        yield (ForceDelete if stuck else DeletePod)(*about, row.name, row.uid or "")


def different(views: Iterable[SetView]) -> list[SetView]:
    """One of the healthy sets that are alike, and all others."""
    found: dict[object, SetView] = {}
    for view in views:
        is_long = len(view.ordinals) > _FEW
        alike = view.policy, view.rollout.strategy, is_long if view.severity is Severity.HEALTHY else view.key
        found.setdefault(alike, view)
    return list(found.values())


async def planned(harness: ActionHarness) -> list[Plan]:
    """The plans for all occasions of the tour, without those that are refused for good."""
    views = different(harness.live.snapshot.fleet.sets.values())
    plans = [await harness.plan(intent) for view in views for intent in intents(view)]
    return [plan for plan in plans if not plan.refused or plan.overridable]


def head(plan: Plan, width: int) -> tuple[list[str], int]:
    """The lines of a plan up to the end of what happens, and how many lines that takes."""
    lines = [plain(line).rstrip() for line in plan_lines(plan, width, extent=Extent.TIGHT)]
    start = lines.index("WHAT HAPPENS")
    end = next((at for at, line in enumerate(lines) if at > start and not line.startswith("  ")), len(lines))
    return lines[:end], end - start - 1


def hardest(plans: Iterable[Plan]) -> list[Plan]:
    """Of the plans with the same fields below them, the one whose head takes the most lines."""
    found: dict[object, Plan] = {}
    for plan in sorted(plans, key=lambda plan: len(head(plan, _CELLS)[0])):
        found[plan.refused != (), plan.confirmation.name != "", plan.confirmation.attestations != ()] = plan
    return list(found.values())


async def resumption(harness: ActionHarness) -> Plan:
    """Pause the rollout of the tour, and plan how to resume it."""
    view = harness.view("elasticsearch", "search")
    about = view.key, view.uid, view.rollout.update
    await harness.carry_out(await harness.confirm(await harness.plan(PauseRollout(*about, view.rollout.partition))))
    partition = harness.view("elasticsearch", "search").rollout.partition
    return await harness.plan(ResumeRollout(*about, partition))


async def taking_up(harness: ActionHarness) -> Plan:
    """Delete a set without its pods, and plan how to create it again."""
    views = harness.live.snapshot.fleet.sets.values()
    # Without pods nothing tells of a set that is gone.
    key = min(view.key for view in views if view.severity is Severity.HEALTHY and view.replicas)
    harness.cluster.storage.delete(STATEFUL_SETS, key.namespace, key.name, propagation="Orphan")
    await harness.rig.until(lambda: harness.view(key.name, key.namespace).gone, "it is gone")
    return await harness.plan(ResumeRecreate(key, ""))


async def cordons(harness: ActionHarness) -> list[Plan]:
    """Cordon a node with a member that can start nowhere else, and plan how to uncordon it."""
    nodes = harness.live.node_source().all_nodes()
    assert nodes is not None
    node = "edge-1", nodes["edge-1"].metadata.uid
    cordon = await harness.plan(Cordon(*node))
    await harness.carry_out(await harness.confirm(cordon))
    return [cordon, await harness.plan(Uncordon(*node))]


async def test_risk_steps_and_confirmation_of_every_plan_are_in_sight(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        harness = await open_harness(Rig(tmp_path, stack), stack, "tour")
        plans = await planned(harness)
        plans.append(await resumption(harness))
        plans += await cordons(harness)
        plans.append(await taking_up(harness))
    assert {plan.action for plan in plans if not plan.refused} == set(ActionId), "there is an occasion for each"
    long = [plan.title for plan in plans if head(plan, _CELLS)[1] > _MAX_STEP_LINES + _two_parts(plan)]
    assert not long, "more lines of what happens than are read"
    wrong: list[str] = []
    async with driving(action_service=Prepared(plans), size=(80, 24)) as driver:
        for plan in hardest(plans):
            driver.fleet.open_plan(plan.intent)
            await driver.sees("WHAT HAPPENS")
            wrong += [f"{plan.title}: {fault}\n{driver.text}" for fault in faults(driver, plan)]
            await driver.press("escape")
    assert not wrong, "\n\n".join(wrong)


def _two_parts(plan: Plan) -> int:
    """The lines that a recreation after a growth may take more."""
    return 3 if isinstance(plan.intent, Grow) and plan.intent.template else 0


def faults(driver: Driver, plan: Plan) -> Iterator[str]:
    screen, shown = driver.app.screen, [line[1:-1].rstrip(" ▁▂▃▄▅▆▇█") for line in driver.lines]
    assert isinstance(screen, ActionScreen)
    missing = [line for line in head(plan, screen.body.cells)[0] if f" {line}" not in shown]
    if missing:
        yield f"not in sight: {missing}"
    if plan.refused:
        wanted = "Reason to override" if plan.overridable else "esc cancel"
    else:
        name = plan.confirmation.name
        wanted = f"Type the {'pod' if plan.about.kind == 'Pod' else 'set'} name ({name})" if name else "y confirm"
    if wanted not in driver.text:
        yield f"no {wanted!r}"
    if not screen.body.end_was_seen and "more below" not in driver.text:
        yield "nothing says that there is more"
