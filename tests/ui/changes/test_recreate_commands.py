"""Recreations on the screens: what is unfinished, and what is typed."""

from __future__ import annotations

from pathlib import Path

from stsview.actions.intents import ResumeRecreate
from stsview.actions.operations.recreate.journal import Journal, PodMark, Unfinished
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, ordinal_of, set_of


async def test_an_unfinished_recreation_is_announced_and_resumed() -> None:
    view = set_of("data", "kafka", tuple(ordinal_of("kafka", ordinal) for ordinal in range(3)))
    uid = view.ordinals[0].uid or ""
    journal = Journal(
        "data",
        "kafka",
        "former",
        "",
        "",
        "2026-01-01T00:00:00Z",
        "recreate",
        ("serviceName=new",),
        {},
        {},
        "",
        (),
        (PodMark("kafka-0", uid, 0),),
        (),
    )
    action_service = FakeActions()
    action_service.left_recreations = [Unfinished(Path("journal"), journal, running=False)]
    async with driving(FakeSource(fleet_of(view)), action_service=action_service) as driver:
        await driver.app.running_actions.read_unfinished()
        driver.app.tick()
        await driver.sees("the unfinished recreation of 2026-01-01T00:00:00Z (serviceName=new)")
        await driver.run_command("recreate continue")
        await driver.sees("WHAT HAPPENS")
    assert action_service.asked == [ResumeRecreate(view.key, "former")]


async def test_what_cannot_be_changed_is_refused_where_it_is_typed() -> None:
    view = set_of("data", "kafka", (ordinal_of("kafka", 0),))
    action_service = FakeActions()
    async with driving(FakeSource(fleet_of(view)), action_service=action_service) as driver:
        await driver.run_command("recreate replicas=3")
        await driver.sees("replicas cannot be changed this way")
        await driver.press("escape")
        await driver.run_command("recreate continue")
        await driver.sees("no unfinished recreation of data/kafka")
    assert not action_service.asked
