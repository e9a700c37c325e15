"""The steps of real findings, by the keys on the screen, in the sizes of real terminals."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from stsview.actions.intents import DeletePod, Undo
from stsview.live.snapshot import Link, Snapshot
from stsview.model.views import SetView
from stsview.objects.log_messages import LogRequest
from stsview.ui.findings.explain_screen import ExplainScreen
from stsview.ui.findings.log_quote import run_of
from stsview.ui.inspect.logs.log_screen import LogScreen
from tests.live.conftest import Rig
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of

_NAMES = ("kafka", "rabbitmq", "vault", "etcd")


async def tour(folder: Path) -> tuple[Snapshot, dict[str, SetView]]:
    """The tour as the live loop sees it, with the log that kafka's finding quotes."""
    async with AsyncExitStack() as stack:
        rig = Rig(folder, stack)
        await rig.cluster("tour")
        live = rig.live()
        async with rig.running(live):
            await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
            views = {key.name: view for key, view in live.snapshot.fleet.sets.items() if key.name in _NAMES}
            live.quote_log(run_of(views["kafka"], views["kafka"].findings))
            await rig.until(lambda: (tail := live.snapshot.log_tail) is not None and tail.read, "the log")
            return live.snapshot, views


async def read(driver: Driver, name: str) -> str:
    """What the fleet says of a set."""
    await driver.stand_on(name)
    await driver.settle()
    return driver.text


async def test_each_step_is_in_sight_and_does_something(tmp_path: Path) -> None:
    snapshot, views = await tour(tmp_path)
    for size in ((80, 24), (120, 36)):
        await take_steps(snapshot, views, size)


async def take_steps(snapshot: Snapshot, views: dict[str, SetView], size: tuple[int, int]) -> None:
    kafka, rabbitmq, vault = views["kafka"], views["rabbitmq"], views["vault"]
    source, action_service = FakeSource(fleet_of(*views.values())), FakeActions()
    source.pass_time((snapshot.now - source.now()).total_seconds())
    assert snapshot.log_tail is not None
    source.log_tails["kafka-3"] = snapshot.log_tail
    async with driving(source, size=size, action_service=action_service) as driver:
        await read(driver, "kafka")
        await driver.sees("ConfigException: Unknown broker property 'log.dris'")
        for words in (
            "crash-loop",
            "t 1        view logs of the previous run",
            "t 3        ▲ roll back the pod template and",
        ):
            assert words in driver.text, words
        await driver.press("t", "1")
        await driver.sees("previous run")
        assert isinstance(driver.app.screen, LogScreen)
        assert source.logs_asked[-1] == LogRequest("mq", "kafka-3", "kafka", previous=True)
        await driver.press("escape", "t", "2")
        await driver.sees("─ crash-loop ─")
        assert isinstance(driver.app.screen, ExplainScreen)
        await driver.press("escape", "t", "3")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [Undo(kafka.key, kafka.uid, kafka.rollout.update)]
        await driver.press("escape")
        await driver.sees("Steps for mq/kafka")
        await driver.press("escape")

        assert "delete rabbitmq-4: it is beyond the replica count" in await read(driver, "rabbitmq")
        await driver.press("t", "1")
        await driver.sees("WHAT HAPPENS")
        pod = next(row for row in rabbitmq.ordinals if row.name == "rabbitmq-4")
        assert action_service.asked[1:] == [DeletePod(rabbitmq.key, rabbitmq.uid, pod.name, pod.uid or "")]
        await driver.press("escape", "escape")

        assert "volume-out-of-reach" in await read(driver, "vault")
        await driver.open("vault")
        # The message of the scheduler: below the finding and with the pod, not in the head.
        assert driver.text.count("nodes are available") <= 2
        assert not any("nodes are available" in line for line in driver.lines[:5])
        await driver.press("t", "1")
        await driver.sees("copied the command of step 1")
        await driver.press("escape")
        assert vault.findings[0].remedies[0].command

        seen = await read(driver, "etcd")
        assert seen.split("─ infra/etcd ─")[1].count("OnDelete)") == 1, "the fact stands there once"
        await driver.open("etcd")
        if "Findings  1 ─" not in driver.text:
            await driver.press("tab")
        await driver.sees("on-delete-pending")
        await driver.press("t", "1")
        await driver.sees("WHAT HAPPENS")
        assert len(action_service.asked) == 3
