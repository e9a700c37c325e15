"""Steps of an ordered restart: soak, readiness command, pause and stop."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from stsview.actions.operations.ordered_restart import subprocess_command
from stsview.actions.operations.ordered_restart.journal import unfinished
from stsview.actions.progress import Outcome, Progress
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness
from tests.support.actions.restarting import (
    Once,
    budget,
    dies,
    done,
    evictions,
    follow,
    new,
    quietly,
    restart,
    spend,
    uids,
    words,
)


async def test_a_pod_has_to_remain_available_for_the_soak(harness: ActionHarness) -> None:
    plan = await harness.plan(restart(harness, soak=950.0, only=(2,)))
    soaks = "after each pod: the replacement is Ready on that revision; it remains available for 15m, else stop"
    assert plan.steps[-1] == soaks
    told = await harness.carry_out(await harness.confirm(plan), step=10.0)
    assert told[-1].outcome is Outcome.REACHED, told[-1].words
    for pod in ("zookeeper-2",):
        (soak,) = [step for step in told[-1].steps if step.words == f"{pod} stays available for 15m"]
        (back,) = [step for step in told[-1].steps if step.words == f"the new {pod} is available"]
        assert soak.until is not None
        assert back.until is not None
        assert (soak.until - back.until).total_seconds() >= 950


async def test_a_soak_starts_over_when_the_pod_becomes_unavailable(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness, soak=60.0, only=(2,))))
    following = asyncio.create_task(quietly(run))

    def soaking(progress: Progress) -> bool:
        return any(step.words == "zookeeper-2 stays available for 1m" for step in progress.steps)

    await harness.rig.until(lambda: soaking(run.progress), "the soak has begun", step=0.5)
    await harness.rig.pass_time(40)
    dies(harness, "zookeeper-2")
    dropped = harness.rig.clock.monotonic()
    await harness.rig.until(following.done, "it is through", step=0.5)
    assert run.progress.outcome is Outcome.REACHED
    assert harness.rig.clock.monotonic() - dropped > 60
    assert evictions(harness) == ["zookeeper-2"]


async def test_the_command_is_repeated_until_it_succeeds(harness: ActionHarness, tmp_path: Path) -> None:
    log = tmp_path / "log"
    told_by = '"$STSVIEW_NAMESPACE/$STSVIEW_SET $STSVIEW_POD $STSVIEW_CONTEXT"'
    command = f"echo {told_by} >> {log}; echo not yet; [ $(wc -l < {log}) -ge 3 ]"
    plan = await harness.plan(restart(harness, command=command, only=(2, 1)))
    assert plan.steps[-1].endswith(f"; the command succeeds: {command}, else stop")
    assert "The command runs in a shell on this machine, with your permissions." in plan.risks
    told = await harness.carry_out(await harness.confirm(plan), step=0.1)
    assert told[-1].outcome is Outcome.REACHED
    context = harness.live.snapshot.scope.context
    lines = log.read_text().splitlines()
    assert lines == [f"default/zookeeper zookeeper-2 {context}"] * 3 + [f"default/zookeeper zookeeper-1 {context}"]
    assert "the command succeeds for zookeeper-2: exit code 1: not yet" in words(told)


async def test_a_hanging_command_is_killed(harness: ActionHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess_command, "TIMEOUT_SECONDS", 0.05)
    run = await harness.confirm(await harness.plan(restart(harness, command="sleep 1000", only=(2,))))
    told = await harness.carry_out(run, 60, step=0.2)
    assert told[-1].outcome is Outcome.TIMED_OUT
    assert told[-1].words == "zookeeper-2 is available again, but not yet as it has to be"
    assert "the command succeeds for zookeeper-2: not finished within 0.05s, killed" in words(told)


async def test_a_stop_kills_the_command(harness: ActionHarness, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 1000"
    run = await harness.confirm(await harness.plan(restart(harness, command=command)))

    following = asyncio.create_task(quietly(run))
    await harness.rig.until(pid.exists, "the command runs")
    run.stop()
    await harness.rig.until(following.done, "it is through")
    assert run.progress.outcome is Outcome.STOPPED
    assert run.progress.words == (
        "zookeeper-2 is available again, but not yet as it has to be; zookeeper-1 and zookeeper-0 not restarted"
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_a_pause_holds_the_next_pod(harness: ActionHarness) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness)))
    following = asyncio.create_task(quietly(run))
    await harness.rig.until(lambda: done(run.progress, "evict zookeeper-2"), "the first has gone", step=0.5)
    run.pause(True)
    await harness.rig.until(lambda: run.progress.paused, "it is held", step=0.5)
    assert run.progress.words == "zookeeper-2 restarted; zookeeper-1 and zookeeper-0 not restarted"
    assert run.progress.part == (1, 3)
    await harness.rig.pass_time(1000, 10)
    assert new(harness, before) == {"zookeeper-2"}
    run.pause(False)
    await harness.rig.until(following.done, "it is through", step=0.5)
    assert run.progress.outcome is Outcome.REACHED
    assert new(harness, before) == set(before)


async def test_a_pause_stops_retries_of_an_eviction(harness: ActionHarness) -> None:
    budget(harness, maxUnavailable=1)
    spend(harness)
    run = await harness.confirm(await harness.plan(restart(harness, only=(2,))))
    following = asyncio.create_task(quietly(run))
    await harness.rig.until(lambda: evictions(harness) == ["zookeeper-2"], "it was tried")
    run.pause(True)
    await harness.rig.pass_time(300, 2)
    assert run.progress.paused
    assert evictions(harness) == ["zookeeper-2"]
    run.pause(False)
    await harness.rig.until(following.done, "it is through", step=0.5)
    assert run.progress.outcome is Outcome.REACHED


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("all members except zookeeper-2 are available", "zookeeper-2, -1 and -0 not restarted"),
        (
            "evict zookeeper-2",
            "zookeeper-2 was evicted, its replacement is not available yet; zookeeper-1 and zookeeper-0 not restarted",
        ),
        (
            "the new zookeeper-2 is available",
            "zookeeper-2 restarted; zookeeper-1 and zookeeper-0 not restarted",
        ),
        (
            "all members except zookeeper-0 are available",
            "zookeeper-2 and zookeeper-1 restarted; zookeeper-0 not restarted",
        ),
    ],
)
async def test_a_stop_reports_what_is_left_and_can_be_resumed(harness: ActionHarness, moment: str, left: str) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness)))
    await follow(harness, run, lambda progress: run.stop() if done(progress, moment) else None)
    assert run.progress.outcome is Outcome.STOPPED
    assert run.progress.words.endswith(left)
    found = unfinished(harness.log.path.parent, harness.view().uid)
    await harness.rig.until(lambda: harness.view().available == 3, "nothing is down", step=0.5)
    if "all members except zookeeper-2" in moment:
        assert found is None
        assert not new(harness, before)
        return
    assert found is not None
    intent = found.intent()
    assert intent is not None
    sent = len(evictions(harness))
    told = await harness.carry_out(await harness.confirm(await harness.plan(intent)))
    assert (told[-1].outcome, told[-1].part) == (Outcome.REACHED, (3, 3))
    assert evictions(harness) == ["zookeeper-2", "zookeeper-1", "zookeeper-0"], sent
    assert new(harness, before) == set(before)


async def test_a_replacement_on_another_revision_stops_it(harness: ActionHarness) -> None:
    """As if another client wrote the label; the label tells what the pod runs."""
    run = await harness.confirm(await harness.plan(restart(harness)))

    def relabel() -> None:
        def change(one: Object) -> None:
            one["metadata"]["labels"]["controller-revision-hash"] = "zookeeper-other"

        harness.cluster.edit(PODS, "default", "zookeeper-2", change)

    other = Once(relabel)
    await follow(harness, run, lambda one: other() if done(one, "the new zookeeper-2 is created") else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert run.progress.words.startswith("zookeeper-2 was recreated on other, not on ")
