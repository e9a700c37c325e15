"""Canary form, and the choices that the partition allows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.actions.intents import CanaryAbort, CanaryStart, CanaryStep, PauseRollout, ResumeRollout, Undo
from stsview.live.errors import CannotRead
from stsview.live.on_demand import Description
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import PartHealth, RevisionView, SetDetail
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key
from stsview.ui.changes.forms.canary_form import containers
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import ago, fleet_of, kafka, ordinal_of, set_of
from tests.support.ui.stage import wait_for

STEADY = set_of("data", "kafka", tuple(ordinal_of("kafka", ordinal, rev="new") for ordinal in range(6)), rev="new")
KEY, ABOUT = STEADY.key, (STEADY.key, STEADY.uid, STEADY.rollout.update)
TEMPLATE = {
    "spec": {
        "containers": [{"name": "kafka", "image": "kafka:3.8"}, {"name": "exporter", "image": "exporter:1\x1b"}],
        "initContainers": [{"name": "setup", "image": "busybox"}],
    }
}
COMPLETE = PartHealth(KindCoverage(Coverage.COMPLETE))


def revision(number: int, hash_: str) -> RevisionView:
    return RevisionView(f"kafka-{hash_}", number, ago(days=30 - number), {}, {})


async def planned(driver: Driver, action_service: FakeActions, asked: object) -> None:
    await driver.sees("WHAT HAPPENS")
    assert action_service.asked[-1] == asked
    await driver.press("escape")


async def test_a_canary_changes_images_the_revision_or_restarts() -> None:
    action_service, source = FakeActions(), FakeSource(fleet_of(STEADY))
    source.descriptions[STATEFULSETS.name, KEY] = Description(STATEFULSETS, {"spec": {"template": TEMPLATE}})
    async with driving(source, action_service=action_service, size=(80, 24)) as driver:
        await driver.stand_on("kafka")
        # There is nothing else to choose.
        await driver.press("P")
        await driver.sees("exporter:1␛")
        await wait_for(driver.pilot, lambda: source.opened == KEY, "the revisions of the set are read")
        await driver.press("backspace", "6", "enter")
        await driver.sees("▲ 1 to 5: one pod stays unchanged")
        await driver.press("backspace", "2")
        await driver.sees("kafka-5 and kafka-4")
        await driver.press("enter")
        await driver.sees("▲ unchanged")
        await driver.press("end", "backspace", "9", "enter")
        await planned(driver, action_service, CanaryStart(*ABOUT, 2, (("kafka", "kafka:3.9"),)))
        await driver.press("up", "space", "tab")
        source.set_detail(SetDetail(KEY, revisions=(revision(1, "old"), revision(2, "new")), revisions_health=COMPLETE))
        for typed, problem in (("7", "has no revision 7"), ("2", "already the update revision")):
            await driver.press(typed, "enter")
            await driver.sees(problem)
            await driver.press("backspace")
        await driver.press("1")
        await driver.sees("1: old, 29d old")
        await driver.press("enter")
        await planned(driver, action_service, CanaryStart(*ABOUT, 2, revision="kafka-old"))
        await driver.press("up", "space", "enter")
        await planned(driver, action_service, CanaryStart(*ABOUT, 2, restart=True))
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: source.opened is None, "its revisions are not read any more")

        source.descriptions[STATEFULSETS.name, KEY] = CannotRead("you may not get statefulsets")
        await driver.press("P")
        await driver.sees("? you may not get statefulsets")
        await driver.press("enter")
        await driver.sees("▲ no images known")


async def test_a_running_rollout_is_changed_by_key_and_by_command() -> None:
    action_service = FakeActions()
    held = replace(kafka(), ordinals=STEADY.ordinals)
    rows = tuple(replace(row, at_update=row.ordinal > 3) for row in held.ordinals)
    held = replace(held, ordinals=rows, rollout=replace(held.rollout, partition=4, held=True, active=True))
    about = (held.key, held.uid, held.rollout.update)
    source = FakeSource(fleet_of(held))
    async with driving(source, action_service=action_service, size=(80, 24)) as driver:
        await driver.open("kafka")
        for line, asked in enumerate((CanaryStep(*about, 4), CanaryStep(*about, 4, True), CanaryAbort(*about, 4))):
            await driver.press("P", *["down"] * line, "enter")
            await planned(driver, action_service, asked)
            # Esc goes back to the choice.
            await driver.sees("Canary and pause: data/kafka")
            await driver.press("escape")
        free = replace(held, rollout=replace(held.rollout, partition=0, held=False))
        paused = replace(held, rollout=replace(held.rollout, paused_from=0))
        for view, typed, intent in (
            (free, "pause", PauseRollout(*about, 0)),
            (paused, "resume", ResumeRollout(*about, 4)),
            (held, "undo 5d4b99c7f8", Undo(*about, held.rollout.current)),
        ):
            source.show(replace(view, rollout=replace(view.rollout, history=(view.rollout.current,))))
            await driver.settle()
            await driver.run_command(typed)
            await planned(driver, action_service, intent)
        await driver.run_command("undo 9")
        detail = SetDetail(KEY, revisions=(revision(3, "old"), revision(4, "new")), revisions_health=COMPLETE)
        source.set_detail(detail)
        await driver.sees("kafka has no revision 9")
        await driver.press("escape")
        # The fleet reads the revisions of a set only for such a command.
        source.set_detail(SetDetail(Key("data", "other")))
        assert source.opened is None
        for typed in ("undo 3", "resume", "canary start"):
            await driver.run_command(typed)
            if typed == "undo 3":
                await wait_for(driver.pilot, lambda: source.opened == KEY, "the revisions are read")
                source.set_detail(detail)
                await planned(driver, action_service, Undo(*about, "kafka-old"))
            elif typed == "resume":
                await driver.sees(":resume: the rollout of")
        await driver.sees("a rollout is in progress on data/kafka")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"spec": {"template": TEMPLATE}},
            [("kafka", "kafka:3.8"), ("exporter", "exporter:1\x1b"), ("setup", "busybox")],
        ),
        ({}, []),
        ({"spec": None}, []),
        ({"spec": {"template": {"spec": {"containers": {"name": "x"}}}}}, []),
        ({"spec": {"template": {"spec": {"containers": [None, {"name": 1}, {"name": "a"}]}}}}, [("a", "")]),
    ],
)
def test_containers_are_read_from_any_document(document: dict[str, object], expected: object) -> None:
    assert containers(document) == expected
