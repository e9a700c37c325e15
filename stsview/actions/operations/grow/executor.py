"""The executor of a growth: claim by claim, each patched only when a fresh read allows it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.journal_folder import JournalFailed
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.intents import Grow
from stsview.actions.operations.grow import journal as grow_journal
from stsview.actions.operations.grow.claim_steps import changed_claim, unusable
from stsview.actions.operations.grow.facts import restart_plan, template_recreation
from stsview.actions.operations.grow.journal import Journal, locked
from stsview.actions.operations.grow.tracking import ExpansionTracker, Judgement, Verdict
from stsview.actions.operations.ordered_restart.executor import restart_within
from stsview.actions.operations.recreate.changes import Recreation
from stsview.actions.operations.recreate.machine import recreate
from stsview.actions.plan import ClaimStep, Plan
from stsview.actions.progress import Outcome
from stsview.actions.requests.changed_meanwhile import being_deleted, no_longer_exists, recreated
from stsview.actions.requests.pod_gone import read_pod
from stsview.cluster.errors import ClusterError, NotFound
from stsview.model.finding import Ref
from stsview.model.names import in_order
from stsview.model.storage.resizes import ResizeStage, resize_of
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, STATEFULSETS, VOLUMES
from stsview.objects.quantity import parse_bytes
from stsview.objects.volume import PersistentVolume


async def execute(execution: Execution, intent: Grow) -> None:
    """Raises `ExecutionEnded`."""
    try:
        with locked(execution.state_folder, intent.set_uid):
            await _Executor(execution, intent).run()
    except JournalFailed as error:
        raise ExecutionEnded(Outcome.REFUSED, f"{error}; nothing was sent") from error


_PASSING = frozenset({"others", "quorum", "rollout"})
"""Checks of a restart that only time makes pass: other members that are not available, a rollout in progress."""


class _Executor:
    def __init__(self, execution: Execution, intent: Grow) -> None:
        self._execution = execution
        self._intent = intent
        steps = execution.plan.claim_steps
        self._pending = [step for step in steps if step.left]
        """The claims whose turn has not come."""
        self._current: list[ExpansionTracker] = []
        """Those that were asked to grow, or may have been, and do not have the size yet."""
        self._done = [step.name for step in steps if not step.left]
        self._requests = {request.about.uid: request for request in execution.plan.requests}
        self._recreation = _recreation(execution.plan, intent)
        self._doing = ""
        """What is being done to a pod or to the set, in words; empty between."""
        self._sent = False
        self._journal = self._new_journal()
        self._journal_written = bool(intent.continues)

    def _new_journal(self) -> Journal:
        execution, intent = self._execution, self._intent
        started = _stamp(execution.now())
        return Journal(
            id=intent.continues or started,
            namespace=intent.set.namespace,
            set=intent.set.name,
            uid=intent.set_uid,
            context=execution.context,
            server=execution.session.config.address,
            started=intent.continues or started,
            size=intent.size,
            claim=intent.claim,
            ordinals=tuple(step.ordinal for step in execution.plan.claim_steps),
            parallel=intent.parallel,
            template=intent.template,
        )

    async def run(self) -> None:
        """Raises `ExecutionEnded`, and `JournalFailed` where nothing was sent."""
        grow_journal.remove_former(self._execution.state_folder, self._journal)
        try:
            await self._grow_claims()
            await self._grow_template()
        except ExecutionEnded as end:
            self._clean_up_journal()
            raise ExecutionEnded(self._outcome(end.outcome), end.words) from end
        except JournalFailed as error:
            self._clean_up_journal()
            if not self._sent:
                raise
            raise ExecutionEnded(Outcome.NOT_REACHED, f"{error}; nothing else is sent") from error
        try:
            grow_journal.remove(self._execution.state_folder, self._intent.set_uid)
        except JournalFailed as error:
            raise ExecutionEnded(Outcome.REACHED, str(error)) from error

    def _outcome(self, outcome: Outcome) -> Outcome:
        """REFUSED would say that nothing was sent."""
        return Outcome.NOT_REACHED if outcome is Outcome.REFUSED and self._sent else outcome

    async def _grow_claims(self) -> None:
        self._update()
        while self._pending or self._current:
            await self._execution.checkpoint()
            while self._pending and len(self._current) < self._intent.parallel:
                self._execution.extend_deadline()
                await self._ask(self._pending[0])
            await self._look()
        self._update()

    async def _grow_template(self) -> None:
        """Create the set again with the size in its claim template, where that was asked for."""
        if self._recreation is None:
            return
        await self._execution.checkpoint()
        self._execution.extend_deadline()
        self._write_journal()
        part = self._execution.part(self._execution.plan)
        try:
            await recreate(part, self._recreation)
        except ExecutionEnded:
            template = self._recreation.changes[0].template
            self._doing = part.residual_state or f"template {template} not changed"
            self._update()
            raise

    # The request.

    async def _ask(self, step: ClaimStep) -> None:
        """Ask for the size of one claim, if that was not done before."""
        tracker = ExpansionTracker(step, self._intent.size)
        self._pending.remove(step)
        self._current.append(tracker)
        self._update()
        request = self._requests.get(step.uid)
        try:
            self._write_journal()
            if request is not None:
                await self._execution.send(request, partial(self._was_done, step), partial(self._recheck, step))
                self._sent = True
        except (ExecutionEnded, JournalFailed):
            if await self._may_have_been_asked(step):
                self._sent = self._sent or request is not None
            else:
                self._current.remove(tracker)
                self._pending.insert(0, step)
                self._update()
            raise

    async def _may_have_been_asked(self, step: ClaimStep) -> bool:
        """Whether the claim requests the size, or that is not known."""
        try:
            return await self._was_done(step)
        except ClusterError:
            return True

    async def _recheck(self, step: ClaimStep) -> str:
        """Why the claim must not be patched after all, by fresh reads; empty where it may. Raises `ClusterError`."""
        session, key = self._execution.session, self._intent.set
        try:
            stateful = await session.get(STATEFULSETS, key.namespace, key.name)
        except NotFound:
            return no_longer_exists("the StatefulSet")
        if stateful.metadata.uid != self._intent.set_uid:
            return recreated(key.name)
        if stateful.metadata.deletion_timestamp is not None:
            return being_deleted(key.name)
        claim = await self._read(step)
        if claim is None or changed_claim(claim, step):
            return changed_claim(claim, step)
        volume: PersistentVolume | None = None
        try:
            found = await session.get(VOLUMES, "", step.volume)
        except NotFound:
            return no_longer_exists(f"volume {step.volume} of {step.name}")
        except ClusterError:
            pass  # An ordinary user may not read volumes: the plan says so.
        else:
            assert isinstance(found, PersistentVolume)  # noqa: S101 - the decoder knows no other
            volume = found
        return unusable(claim, volume)

    async def _was_done(self, step: ClaimStep) -> bool:
        """Whether that very claim requests the size. Raises `ClusterError`."""
        claim = await self._read(step)
        if claim is None or claim.metadata.uid != step.uid:
            return False
        requested = claim.spec.resources.requests.get("storage", "")
        return parse_bytes(requested) == parse_bytes(self._intent.size)

    async def _read(self, step: ClaimStep) -> PersistentVolumeClaim | None:
        """The claim as it is now; None where there is none. Raises `ClusterError`."""
        try:
            found = await self._execution.session.get(CLAIMS, self._intent.set.namespace, step.name)
        except NotFound:
            return None
        assert isinstance(found, PersistentVolumeClaim)  # noqa: S101 - the decoder knows no other
        return found

    # The expansion.

    async def _look(self) -> None:
        """Look at each claim that is being expanded, then wait a moment where none came further."""
        moved, waiting = False, ""
        for tracker in tuple(self._current):
            judgement = await self._judge(tracker)
            self._show(tracker, judgement)
            waiting = waiting or f"{tracker.step.name}: {judgement.words}"
            match judgement.verdict:
                case Verdict.DONE:
                    self._current.remove(tracker)
                    self._done.append(tracker.step.name)
                    self._update()
                    self._write_journal()
                    moved = True
                case Verdict.FAILED:
                    raise ExecutionEnded(Outcome.NOT_REACHED, judgement.words)
                case Verdict.RESTART:
                    await self._restart(tracker)
                    moved = True
        if not moved:
            await self._wait(waiting)

    async def _judge(self, tracker: ExpansionTracker) -> Judgement:
        step, pod = tracker.step, None
        try:
            claim = await self._read(step)
            if claim is not None and resize_of(claim).stage is ResizeStage.FILE_SYSTEM_PENDING:
                pod = await read_pod(self._execution.session, Ref("Pod", self._intent.set.namespace, step.pod))
        except ClusterError as error:
            return Judgement(Verdict.WAIT, f"cannot be read: {error}")
        return tracker.judge(claim, pod, self._execution.now())

    async def _wait(self, waiting: str) -> None:
        """Wait until it is time to read again; changes of the set do not cut that short.

        `waiting`: what it waits for, for the end of its time.
        """
        clock = self._execution.clock
        until = clock.monotonic() + READ_AGAIN_SECONDS
        while (left := until - clock.monotonic()) > 0:
            try:
                await self._execution.wait(left)
            except ExecutionEnded as end:
                words = end.words or (waiting if end.outcome is Outcome.TIMED_OUT else "")
                raise ExecutionEnded(end.outcome, words) from end

    async def _restart(self, tracker: ExpansionTracker) -> None:
        """Restart the pod of a claim whose file system waits for that."""
        step = tracker.step
        await self._execution.checkpoint()
        plan = await self._restart_plan(step)
        part = self._execution.part(plan)
        self._doing = f"{step.pod} has to restart"
        self._update()
        try:
            await restart_within(part, plan.intent)  # type: ignore[arg-type]
        except ExecutionEnded as end:
            if part.residual_state:
                self._doing = part.residual_state
            self._update()
            self._sent = self._sent or end.outcome is not Outcome.REFUSED
            raise
        self._sent = True
        self._doing = ""
        self._execution.extend_deadline()
        self._update()

    async def _restart_plan(self, step: ClaimStep) -> Plan:
        """The plan to restart one pod, from fresh reads, once the other members allow it.

        Raises `ExecutionEnded` where it is refused for another reason.
        """
        execution, words = self._execution, f"{step.pod} may restart"
        context = PlanContext(execution.settings, execution.state_folder)
        # The driver waits for the pod, whatever the claim itself says.
        mounted = (replace(step, mounted=True),)
        while True:
            try:
                fresh = await execution.read_fresh_state()
                plan = await restart_plan(execution.session, self._intent, fresh, mounted, context)
            except Refused as error:
                raise ExecutionEnded(Outcome.NOT_REACHED, str(error)) from error
            except ClusterError as error:
                why = str(error)
            else:
                assert plan is not None  # noqa: S101 - there is a step
                if not plan.refused:
                    execution.remove_step(words)
                    return plan
                why = "; ".join(check.words for check in plan.refused)
                if not {check.id for check in plan.refused} <= _PASSING:
                    what = f"{step.pod} has to restart, so that the file system of {step.name} grows: {why}"
                    raise ExecutionEnded(Outcome.NOT_REACHED, what)
            execution.show_step(words, False, why)
            await self._wait(f"{words}: {why}")

    # What is recorded and shown.

    def _show(self, tracker: ExpansionTracker, judgement: Judgement) -> None:
        words = f"{tracker.step.name} has {self._intent.size}"
        self._execution.show_step(words, judgement.verdict is Verdict.DONE, judgement.words)

    def _update(self) -> None:
        """Keep the count and the text current that says what a stop would leave."""
        total = len(self._execution.plan.claim_steps)
        self._execution.show_count(len(self._done), total)
        planned = {step.name for step in self._execution.plan.claim_steps if step.left}
        grown = [name for name in self._done if name in planned]
        current = [tracker.step.name for tracker in self._current]
        parts = [
            f"{in_order(grown)} grown" if grown else "",
            f"{in_order(current)} asked to grow: the driver continues" if current else "",
            self._doing,
            f"{in_order([step.name for step in self._pending])} not touched" if self._pending else "",
        ]
        self._execution.residual_state = "; ".join(part for part in parts if part)

    def _write_journal(self) -> None:
        """Raises `JournalFailed`."""
        current = tuple(tracker.step.name for tracker in self._current)
        self._journal = replace(self._journal, done=tuple(self._done), current=current)
        grow_journal.write(self._execution.state_folder, self._journal)
        self._journal_written = True

    def _clean_up_journal(self) -> None:
        """Remove the journal of a growth that did nothing, or correct it."""
        if not self._journal_written:
            return
        planned = {step.name for step in self._execution.plan.claim_steps if step.left}
        untouched = not self._sent and not self._current and planned.isdisjoint(self._done)
        try:
            if untouched and not self._intent.continues:
                grow_journal.remove(self._execution.state_folder, self._intent.set_uid)
            else:
                self._write_journal()
        except JournalFailed as error:
            self._execution.note(str(error))


def _recreation(plan: Plan, intent: Grow) -> Recreation | None:
    """The recreation that the plan has after its claims; None where it has none."""
    template, size = plan.precondition("template"), plan.precondition("template-size")
    if not intent.template or parse_bytes(size) == parse_bytes(intent.size):
        return None
    return template_recreation(intent, template)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
