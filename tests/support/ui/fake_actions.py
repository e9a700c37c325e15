"""A fake action service: records requests, and answers what the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from stsview.actions.errors import Changed, Refused
from stsview.actions.goals import ScaledTo
from stsview.actions.intents import Intent, SetIntent
from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.actions.operations.recreate.journal import Unfinished as UnfinishedRecreation
from stsview.actions.plan import Alternative, Answers, Attestation, Check, Confirmation, Plan, Precondition, Result
from stsview.actions.progress import Outcome, Progress, Step
from stsview.actions.service import ActionRun
from stsview.model.finding import Danger, Ref
from stsview.objects.meta import Key
from tests.support.ui.fleets import NOW


def plan_of(intent: Intent, **changes: object) -> Plan:
    key, uid = (intent.set, intent.set_uid) if isinstance(intent, SetIntent) else (Key("", "node"), "")
    plan = Plan(
        intent=intent,
        about=Ref("StatefulSet", *key, uid),
        title=f"Scale {key} from 6 to 3",
        made_at=NOW,
        steps=("set replicas to 3", "terminate [b]kafka-5[/b]"),
        checks=(
            Check("live", Result.PASS, "data is live"),
            Check("writers", Result.WARN, "HPA kafka also writes this set"),
            Check("budget", Result.UNKNOWN, "its budget is unknown"),
        ),
        risks=("The data is lost.",),
        safer=(Alternative("one at a time", "kubectl scale --replicas=5"),),
        same_as="kubectl -n data scale statefulset kafka --replicas=3",
        confirmation=Confirmation(),
        requests=(),
        goal=ScaledTo(3, 6),
        danger=Danger.LOSS,
        ends=(),
        preconditions=(Precondition("replicas", "replicas", "6"),),
    )
    return replace(plan, **changes)


STRICT = Confirmation(
    "kafka", (Attestation("node-is-off", "I have made sure that w-7 is off"),), "prod-eu1", reason=True
)


class FakeRun:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.progress = Progress((Step("set the replicas", False, NOW - timedelta(seconds=5), is_request=True),))
        self.stopped = asyncio.Event()
        self.step = asyncio.Event()
        """Set by a test to finish the run."""
        self.pausable = True
        self.paused = False
        self._news = asyncio.Event()

    def stop(self) -> None:
        self.stopped.set()
        self.step.set()

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def tell(self, progress: Progress) -> None:
        """Publish this progress."""
        self.progress = progress
        self._news.set()

    async def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        yield self.progress
        ended = asyncio.ensure_future(self.step.wait())
        while not ended.done():
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait((ended, news), return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            self._news.clear()
            yield self.progress
        done = Step("set the replicas", True, NOW - timedelta(seconds=5), NOW)
        outcome = Outcome.STOPPED if self.stopped.is_set() else Outcome.REACHED
        self.progress = Progress((done,), outcome)
        yield self.progress


class FakeActions:
    """Implements `stsview.actions.service.Actions`."""

    def __init__(self, confirmation: Confirmation | None = None) -> None:
        self.confirmation = confirmation or Confirmation()
        self.asked: list[Intent] = []
        self.confirmed: list[Answers] = []
        self.refuses = ""
        self.changes: tuple[str, ...] = ()
        self.checks: tuple[Check, ...] = ()
        self.runs: list[FakeRun] = []
        self.left: Unfinished | None = None
        """The unfinished restart."""
        self.left_growth: UnfinishedGrowth | None = None
        self.left_recreations: list[UnfinishedRecreation] = []
        self.previewed = False
        """Whether there is a preview of each plan."""
        self.settled = asyncio.Event()
        """Cleared by a test to hold back the plan after its preview."""
        self.settled.set()

    async def preview(self, intent: Intent) -> Plan | None:
        return plan_of(intent, confirmation=self.confirmation, same_as="") if self.previewed else None

    async def plan(self, intent: Intent) -> Plan:
        await self.settled.wait()
        self.asked.append(intent)
        made = plan_of(intent, confirmation=self.confirmation)
        return replace(made, checks=(*self.checks, *made.checks))

    def unfinished(self, set_uid: str) -> Unfinished | None:
        return self.left

    def unfinished_growth(self, set_uid: str) -> UnfinishedGrowth | None:
        return self.left_growth

    def unfinished_growths(self) -> Sequence[UnfinishedGrowth]:
        return [self.left_growth] if self.left_growth is not None else []

    def unfinished_recreations(self) -> Sequence[UnfinishedRecreation]:
        return self.left_recreations

    async def confirm(self, plan: Plan, answers: Answers) -> ActionRun:
        self.confirmed.append(answers)
        if self.changes:
            changes, self.changes = self.changes, ()
            raise Changed(replace(plan, title="Scale data/kafka from 5 to 3"), changes)
        if self.refuses:
            raise Refused(self.refuses)
        self.runs.append(FakeRun(plan))
        return self.runs[-1]
