"""Execution: sending, waiting, pausing and stopping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from stsview.actions.errors import ExecutionEnded
from stsview.actions.execution.execution import Execution
from stsview.actions.intents import Reconcile
from stsview.actions.operations.reconcile import was_done
from stsview.actions.plan import Answers, Plan
from stsview.actions.progress import Outcome, Progress
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.actions.conftest import ActionHarness


async def execution_of(harness: ActionHarness) -> tuple[Execution, Plan]:
    plan = await harness.plan(Reconcile(Key("default", "zookeeper"), harness.view().uid))
    session = harness.live.session
    assert session is not None
    clock = harness.rig.clock
    return Execution(plan, Answers(), harness.live, session, harness.log, clock, "me", harness.settings), plan


async def run_to_end(
    harness: ActionHarness,
    execution: Execution,
    execute: Callable[[Execution], Awaitable[None]],
    seconds: float | None = None,
) -> list[Progress]:
    async def follow() -> list[Progress]:
        return [progress async for progress in execution.run(execute, seconds, 60.0)]

    return await harness.through(follow(), 0.5)


def sending(harness: ActionHarness, plan: Plan) -> Callable[[Execution], Awaitable[None]]:
    (request,) = plan.requests

    async def execute(execution: Execution) -> None:
        await execution.send(request, lambda: was_done(execution.session, plan))

    return execute


async def test_a_429_is_retried_after_ten_seconds_despite_changes(harness: ActionHarness) -> None:
    execution, plan = await execution_of(harness)
    harness.cluster.server.faults.refusals.append(Refusal(429, "statefulsets", ("patch",), times=2))
    began = harness.rig.clock.monotonic()

    async def execute(execution: Execution) -> None:
        harness.cluster.scale("default", "zookeeper", 5)
        await sending(harness, plan)(execution)

    told = await run_to_end(harness, execution, execute)
    assert told[-1].outcome is Outcome.REACHED
    assert 20.0 <= round(harness.rig.clock.monotonic() - began, 3) < 22.0
    assert len(harness.view().ordinals) > 3  # There was news.


async def test_a_pause_holds_the_next_step_and_does_not_count(harness: ActionHarness) -> None:
    execution, plan = await execution_of(harness)
    execution.pause(True)

    async def execute(execution: Execution) -> None:
        execution.residual_state = "nothing is done yet"
        await execution.checkpoint()
        await sending(harness, plan)(execution)

    follow = asyncio.ensure_future(run_to_end(harness, execution, execute))
    await harness.rig.until(lambda: execution.progress.paused, "it is paused")
    assert execution.progress.words == "nothing is done yet"
    await harness.rig.pass_time(120.0, 5.0)
    assert not follow.done()
    assert not harness.written()
    execution.pause(False)
    assert (await follow)[-1].outcome is Outcome.REACHED


async def test_a_stop_between_steps_reports_the_residual_state(harness: ActionHarness) -> None:
    execution, plan = await execution_of(harness)

    async def execute(execution: Execution) -> None:
        await sending(harness, plan)(execution)
        execution.residual_state = "one of two is done"
        execution.stop()
        await execution.checkpoint()
        raise AssertionError("it continued")

    told = await run_to_end(harness, execution, execute)
    assert (told[-1].outcome, told[-1].words) == (Outcome.STOPPED, "one of two is done")
    assert harness.written()[-1]["words"] == "one of two is done"


async def test_each_part_has_its_own_timeout_unless_the_total_is_fixed(harness: ActionHarness) -> None:
    async def execute(execution: Execution) -> None:
        for _ in range(3):
            execution.extend_deadline()
            until = execution.clock.monotonic() + 40.0
            while (left := until - execution.clock.monotonic()) > 0:
                await execution.wait(left)

    execution, _ = await execution_of(harness)
    assert (await run_to_end(harness, execution, execute))[-1].outcome is Outcome.REACHED
    execution, _ = await execution_of(harness)
    assert (await run_to_end(harness, execution, execute, seconds=100.0))[-1].outcome is Outcome.TIMED_OUT


async def test_the_next_step_waits_for_live_data(harness: ActionHarness) -> None:
    execution, plan = await execution_of(harness)

    async def execute(execution: Execution) -> None:
        await harness.cluster.server.restart(3.0)
        await harness.rig.until(lambda: "live" not in harness.live.snapshot.health.link.value, "the picture is stale")
        await execution.checkpoint()
        await sending(harness, plan)(execution)

    told = await run_to_end(harness, execution, execute)
    assert told[-1].outcome is Outcome.REACHED
    assert any("not live" in progress.words for progress in told)


async def test_an_exception_of_a_recheck_propagates_and_nothing_is_sent(harness: ActionHarness) -> None:
    execution, plan = await execution_of(harness)
    (request,) = plan.requests

    class NotNow(Exception):
        pass

    async def still() -> str:
        raise NotNow

    async def execute(execution: Execution) -> None:
        try:
            await execution.send(request, lambda: was_done(execution.session, plan), still)
        except NotNow:
            raise ExecutionEnded(Outcome.NOT_REACHED, "not now") from None

    told = await run_to_end(harness, execution, execute)
    assert (told[-1].outcome, told[-1].words) == (Outcome.NOT_REACHED, "not now")
    assert [entry["moment"] for entry in harness.written()] == ["end"]
