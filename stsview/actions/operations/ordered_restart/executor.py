"""An ordered restart on its way: pod by pod, each only on a fresh list that lets it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import msgspec

from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.goals import GoalTracker, GoalView
from stsview.actions.intents import OrderedRestart, RemovalMethod
from stsview.actions.operations.ordered_restart import journal as restart_journal
from stsview.actions.operations.ordered_restart.journal import Current, Done, Journal, JournalFailed, Options, locked
from stsview.actions.operations.ordered_restart.preconditions import (
    below_floor,
    changed,
    comes_back_otherwise,
    moving,
    not_up,
)
from stsview.actions.operations.ordered_restart.readiness_command import succeeds
from stsview.actions.operations.ordered_restart.sequence import goes_last
from stsview.actions.operations.ordered_restart.successor_tracking import Others, Successor, others_up
from stsview.actions.plan import PodStep
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import losing
from stsview.actions.preflight.pod_checks import pod_of
from stsview.actions.progress import Outcome
from stsview.actions.requests.changed_meanwhile import being_deleted
from stsview.actions.requests.pod_gone import is_gone_or_terminating, read_pod
from stsview.cluster.errors import ClusterError
from stsview.model.names import listed
from stsview.model.views import Place, SetView
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod


class NotYet(Exception):
    """Why a pod may not go just now: it is waited for."""


async def execute(execution: Execution, intent: OrderedRestart) -> None:
    """Raises `ExecutionEnded`."""
    try:
        with locked(execution.state_folder, intent.set_uid):
            await _March(execution, intent).go()
    except JournalFailed as error:
        raise ExecutionEnded(Outcome.REFUSED, f"{error}; nothing was sent") from error


class _March:
    def __init__(self, execution: Execution, intent: OrderedRestart) -> None:
        self._execution = execution
        self._intent = intent
        self._pod_steps = list(execution.plan.pod_steps)
        self._requests = {request.about.uid: request for request in execution.plan.requests}
        self._replicas = int(execution.plan.precondition("replicas"))
        self._min_ready = int(execution.plan.precondition("min-ready-seconds"))
        self._journal = self._begun()
        self._written = bool(intent.continues)
        self._sent = False
        self._under_way = next((pod_step for pod_step in self._pod_steps if pod_step.gone), None)
        """The one that was taken away, or of which nobody knows whether it was."""
        self._how = "was taken away before"
        """What became of that one."""

    def _begun(self) -> Journal:
        """What the journal has so far. Raises `JournalFailed` where it is not the one to go on with any more."""
        execution, intent = self._execution, self._intent
        left = tuple(pod_step.ordinal for pod_step in execution.plan.pod_steps)
        if intent.continues:
            found = restart_journal.unfinished(execution.state_folder, intent.set_uid)
            if found is None or found.journal is None or found.journal.id != intent.continues:
                raise JournalFailed("the restart that was to go on is not the one that is written down now")
            return found.journal
        started = _stamp(execution.now())
        options = Options(intent.order, intent.last, intent.means, intent.soak, intent.command, intent.other_revision)
        return Journal(
            id=started,
            namespace=intent.set.namespace,
            set=intent.set.name,
            uid=intent.set_uid,
            context=execution.context,
            server=execution.session.config.address,
            started=started,
            revision=intent.seen_revision,
            options=options,
            left=left,
        )

    async def go(self) -> None:
        """Raises `ExecutionEnded`, and `JournalFailed` where nothing was sent."""
        try:
            await self._all()
        except ExecutionEnded:
            self._tidy()
            raise
        except JournalFailed as error:
            self._tidy()
            if not self._sent:
                raise
            raise ExecutionEnded(Outcome.NOT_REACHED, f"{error}; nothing more is sent") from error
        try:
            restart_journal.remove(self._execution.state_folder, self._intent.set_uid)
        except JournalFailed as error:
            raise ExecutionEnded(Outcome.REACHED, str(error)) from error

    async def _all(self) -> None:
        self._say()
        while self._pod_steps:
            self._execution.show_count(*self._share)
            await self._execution.checkpoint()
            self._execution.extend_deadline()
            pod_step = self._pod_steps[0]
            if not pod_step.gone:
                found = await self._clear(pod_step)
                if self._yields(found, pod_step):
                    self._pod_steps.append(self._pod_steps.pop(0))
                    self._tell(f"{pod_step.pod} has the label {self._intent.last} by now, and goes last")
                    continue
                await self._take(pod_step, found)
            await self._follow(pod_step)
        self._execution.show_count(*self._share)

    @property
    def _share(self) -> tuple[int, int]:
        done = len(self._journal.done)
        return done, done + len(self._pod_steps)

    # Before it goes.

    async def _clear(self, pod_step: PodStep) -> FreshState:
        """Wait for a fresh list on which it may go, or is not there to go any more."""
        others = Others(self._intent, pod_step)
        while True:
            await self._execution.checkpoint()
            await self._execution.wait_for_goal(others.look)
            try:
                found = await self._fresh(pod_step)
            except NotYet as why:
                self._execution.show_step(others_up(pod_step), False, str(why))
                await self._execution.wait(READ_AGAIN_SECONDS)
            else:
                self._execution.show_step(others_up(pod_step), True)
                return found

    async def _fresh(self, pod_step: PodStep) -> FreshState:
        """A fresh list that allows the pod to go. Raises `NotYet`; `ExecutionEnded` where it never may go."""
        try:
            found = await self._execution.read_fresh_state()
        except Refused as error:
            raise ExecutionEnded(self._never, str(error)) from error
        except ClusterError as error:
            raise NotYet(f"what this rests on cannot be read: {error}") from error
        if found.set.metadata.deletion_timestamp is not None:
            raise ExecutionEnded(self._never, being_deleted(found.view.name))
        view, intent = found.view, self._intent
        if why := changed(view, intent.set_uid, intent.seen_revision, self._replicas):
            raise ExecutionEnded(self._never, why)
        if not found.unread(PODS) and _left(found, pod_step):
            return found
        if not intent.override and (why := losing(found, pod_step.pod)):
            raise ExecutionEnded(self._never, why)
        if why := comes_back_otherwise(view, pod_step):
            raise ExecutionEnded(self._never, why)
        if (
            why := moving(view)
            or not_up(found, pod_step.pod)
            or below_floor(found, pod_step.pod, self._execution.settings)
        ):
            raise NotYet(why)
        return found

    @property
    def _never(self) -> Outcome:
        return Outcome.NOT_REACHED if self._sent else Outcome.REFUSED

    def _yields(self, found: FreshState, pod_step: PodStep) -> bool:
        """Whether it got the label of those that go last since the order was made, and there are others to go."""
        last = self._intent.last
        rest = self._pod_steps[1:]
        return goes_last(found, pod_step.pod, last) and any(not goes_last(found, one.pod, last) for one in rest)

    # It goes.

    async def _take(self, pod_step: PodStep, found: FreshState) -> None:
        """Until it is on its way, by our doing or another's."""
        while True:
            self._note(pod_step)
            self._write()
            if how := _left(found, pod_step):
                self._under_way, self._how = pod_step, how
                self._tell(f"{pod_step.pod} {how}")
                return
            request = self._requests[pod_step.uid]
            try:
                await self._execution.send(request, partial(self._done, pod_step), partial(self._still, pod_step))
            except NotYet as why_not:
                self._execution.show_step(request.words, False, str(why_not))
                found = await self._clear(pod_step)
            else:
                self._sent, self._under_way, self._how = True, pod_step, self._was_taken
                return

    async def _still(self, pod_step: PodStep) -> str:
        """Just before each sending. An eviction that fails on its precondition has spent the budget all the same, so
        the uid is looked at first. Raises `NotYet` and `ExecutionEnded`."""
        if _left(await self._fresh(pod_step), pod_step):
            raise NotYet(f"{pod_step.pod} is not there any more")
        try:
            pod = await self._read(pod_step)
        except ClusterError as error:
            raise NotYet(f"{pod_step.pod} cannot be read: {error}") from error
        if is_gone_or_terminating(pod, pod_step.uid):
            raise NotYet(f"{pod_step.pod} is not there any more")
        if self._execution.paused:
            raise NotYet("paused")
        if not self._execution.live:
            raise NotYet("the picture is not live")
        return ""

    async def _done(self, pod_step: PodStep) -> bool:
        """Whether it was taken away, after no answer came. Raises `ClusterError`."""
        self._sent, self._under_way = True, pod_step
        self._say(f"whether {pod_step.pod} {self._was_taken} is unknown")
        gone = is_gone_or_terminating(await self._read(pod_step), pod_step.uid)
        if not gone:
            self._under_way = None
            self._say()
        return gone

    async def _read(self, pod_step: PodStep) -> Pod | None:
        """Raises `ClusterError`."""
        return await read_pod(self._execution.session, self._requests[pod_step.uid].about)

    @property
    def _was_taken(self) -> str:
        return "was evicted" if self._intent.means is RemovalMethod.EVICTION else "was deleted"

    # It comes back.

    async def _follow(self, pod_step: PodStep) -> None:
        successor = Successor(self._intent, pod_step)
        self._execution.extend_deadline(self._intent.soak + self._min_ready)
        look = self._telling(successor, pod_step)
        await self._execution.wait_for_goal(look)
        if self._intent.command:
            await succeeds(self._execution, self._intent, pod_step, successor, look)
        self._pod_steps.remove(pod_step)
        self._under_way = None
        self._note(None, Done(pod_step.pod, pod_step.uid, successor.uid, _stamp(self._execution.now())))
        if self._pod_steps:
            # After the last there is nothing to go on with: the journal is removed.
            self._write()

    def _telling(self, successor: Successor, pod_step: PodStep) -> GoalTracker:
        def look(view: SetView | None, now: datetime) -> GoalView:
            goal = successor.look(view, now)
            what = (
                "is back, and not yet all that it has to be" if successor.back else f"{self._how} and is not back yet"
            )
            self._say(f"{pod_step.pod} {what}")
            return goal

        return look

    # What is written down and told.

    def _note(self, current: PodStep | None, *done: Done) -> None:
        under_way = Current(current.pod, current.ordinal, current.uid) if current is not None else None
        left = tuple(pod_step.ordinal for pod_step in self._pod_steps if pod_step is not current)
        was = self._journal
        self._journal = msgspec.structs.replace(was, done=(*was.done, *done), current=under_way, left=left)
        if current is None:
            self._say()

    def _write(self) -> None:
        """Raises `JournalFailed`."""
        self._written = True
        restart_journal.write(self._execution.state_folder, self._journal)

    def _tidy(self) -> None:
        """What was not sent is not under way, and what was not begun need not be gone on with."""
        if not self._written:
            return
        folder, uid = self._execution.state_folder, self._intent.set_uid
        try:
            if self._under_way is None and not self._journal.done:
                restart_journal.remove(folder, uid)
            elif self._under_way is None and self._journal.current is not None:
                self._note(None)
                self._write()
        except JournalFailed as error:
            self._execution.note(str(error))

    def _tell(self, words: str) -> None:
        self._execution.show_step(words, True)
        self._execution.note(words)

    def _say(self, under_way: str = "") -> None:
        """Keep it said what a stop would leave."""
        done = [one.name for one in self._journal.done]
        left = [pod_step.pod for pod_step in self._pod_steps if not (under_way and pod_step is self._under_way)]
        parts = [f"{listed(done)} {'is' if len(done) == 1 else 'are'} restarted"] if done else []
        parts += [under_way] if under_way else []
        if left:
            parts.append(f"{listed(left)} {'is as it was' if len(left) == 1 else 'are as they were'}")
        self._execution.residual_state = "; ".join(parts)


def _left(found: FreshState, pod_step: PodStep) -> str:
    """What became of the pod without us, where it is not there to go any more; empty where it is.

    A pod of another uid is one that was made after what was confirmed was seen.
    """
    row = next((row for row in found.view.ordinals if row.name == pod_step.pod and row.place is Place.EXPECTED), None)
    if row is None or row.uid != pod_step.uid:
        return "was replaced by itself meanwhile"
    terminating = is_gone_or_terminating(pod_of(found, pod_step.pod), pod_step.uid)
    return "was deleted by another client meanwhile" if terminating else ""


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
