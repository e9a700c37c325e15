"""On a screen, a change and a second cost what is in sight, whatever the number of sets.

Work is counted in steps of the interpreter, and those of a change do not include painting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec import structs
from msgspec.structs import replace

from stsview.model.finding import Finding, Level, Ref
from stsview.model.views import SetView, Severity
from stsview.ui.app import StsviewApp
from stsview.ui.findings.finding_filter import LANGUAGE
from stsview.ui.findings.finding_rows import FindingList
from stsview.ui.findings.findings_screen import FindingsScreen
from tests.support.steps import steps_of
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, healthy

FEW, MANY = 50, 5_000
CHANGES: dict[str, Callable[[SetView], SetView]] = {
    "a set gets worse": lambda view: structs.replace(view, ready=1, severity=Severity.STUCK),
    "a set gets well": lambda view: structs.replace(view, ready=3, severity=Severity.HEALTHY),
    "a set in its place": lambda view: structs.replace(view, images=("store:2",)),
}


async def costs(sets: int, *, findings: bool = False) -> dict[str, int]:
    """Steps of some changes, and of one second, with so many sets."""
    source = FakeSource(fleet_of(*(healthy(f"team-{at % 10}", f"web-{at:05}", 3) for at in range(sets))))
    app = StsviewApp(source)
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        if findings:
            await pilot.press("f")
            assert isinstance(app.screen, FindingsScreen)
        found: dict[str, int] = {}
        fleet = source.snapshot.fleet
        key = max(fleet.sets)
        for name, change in CHANGES.items():
            view = change(fleet.sets[key])
            counts = {**fleet.counts, view.severity: fleet.counts[view.severity] + 1}
            fleet = structs.replace(fleet, sets={**fleet.sets, key: view}, counts=counts)
            snapshot = replace(source.snapshot, fleet=fleet, changed=frozenset({key}))
            found[name] = steps_of(partial(source.publish, snapshot))
            await pilot.pause()
        source.pass_time(1)
        found["one second"] = steps_of(app.tick)
        return found


@pytest.mark.parametrize("findings", [False, True])
async def test_cost_of_one_change_on_the_screen_is_independent_of_the_number_of_sets(findings: bool) -> None:
    few, many = await costs(FEW, findings=findings), await costs(MANY, findings=findings)
    for name, steps in few.items():
        # A sorted list of many rows is a little deeper.
        assert many[name] <= 1.1 * steps + 500, f"{name}: {many[name]} steps with {MANY} sets, {steps} with {FEW}"


def test_a_change_on_the_findings_screen_neither_filters_nor_sorts_all_findings() -> None:
    def cost(sets: int) -> int:
        views = [healthy("team", f"web-{at:05}", 3) for at in range(sets)]
        views = [structs.replace(view, findings=(_finding(view),)) for view in views]
        held = {view.key: view for view in views}
        findings = FindingList()
        findings.update(held, None)
        findings.filter_by(LANGUAGE.parse("is:warning team"))
        last = views[-1]
        held[last.key] = structs.replace(last, findings=())
        return steps_of(lambda: (findings.update(held, {last.key}), findings.rows(frozenset())))

    assert cost(MANY) <= 1.1 * cost(FEW) + 500


def _finding(view: SetView) -> Finding:
    about = Ref("StatefulSet", view.namespace, view.name)
    return Finding("set-stuck", Level.WARNING, about, "StatefulSet is stuck", None, ())
