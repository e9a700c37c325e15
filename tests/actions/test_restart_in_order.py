"""An ordered restart, from the plan to the last pod."""

from __future__ import annotations

from stsview.actions.plan import Result
from stsview.actions.run import Outcome
from stsview.model.finding import Danger
from tests.actions.conftest import Doorway
from tests.actions.restarting import budget, restart, uids


async def test_each_is_back_before_the_next_goes(doorway: Doorway) -> None:
    budget(doorway, maxUnavailable=1)
    before = uids(doorway)
    plan = await doorway.plan(restart(doorway))
    assert plan.title == "Restart default/zookeeper, one pod at a time"
    assert [turn.pod for turn in plan.turns] == ["zookeeper-2", "zookeeper-1", "zookeeper-0"]
    assert plan.steps[0].startswith("zookeeper-2 is evicted, and comes back on ")
    assert plan.steps[0].endswith(" as now")
    assert plan.steps[3:] == (
        "before each, a fresh list shows every other member available and none ending",
        "after each, its successor is Ready on that revision",
        "it stops at the first that does not come back",
    )
    assert {one.result for one in plan.checks} == {Result.PASS}, plan.checks
    assert (plan.confirmation.name, plan.danger) == ("", Danger.DISRUPTIVE)
    run = await doorway.confirm(plan)
    assert run.pausable
    told = await doorway.carry_out(run)
    assert (told[-1].outcome, told[-1].words, told[-1].part) == (Outcome.REACHED, "", (3, 3)), told[-1]
    after = uids(doorway)
    assert all(after[name] != before[name] for name in before)
