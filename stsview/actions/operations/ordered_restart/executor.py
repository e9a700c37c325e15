"""The executor of an ordered restart.

Pod by pod, each removed only when a fresh list of the set allows it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import msgspec

from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.journal_folder import JournalFailed
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.goals import GoalTracker, GoalView
from stsview.actions.intents import OrderedRestart, RemovalMethod
from stsview.actions.operations.ordered_restart import journal as restart_journal
from stsview.actions.operations.ordered_restart.journal import Current, Done, Journal, Options, locked
from stsview.actions.operations.ordered_restart.preconditions import (
    below_quorum,
    others_unavailable,
    recreated_otherwise,
    rollout_in_progress,
    set_changed,
)
from stsview.actions.operations.ordered_restart.readiness_command import wait_until_command_succeeds
from stsview.actions.operations.ordered_restart.sequence import has_label
from stsview.actions.operations.ordered_restart.successor_tracking import (
    OtherMembersTracker,
    ReplacementTracker,
    others_available,
)
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
    """Why a pod may not be removed at present; the executor waits."""


async def execute(execution: Execution, intent: OrderedRestart) -> None:
    """Raises `ExecutionEnded`."""
    try:
        with locked(execution.state_folder, intent.set_uid):
            await _Executor(execution, intent).run()
    except JournalFailed as error:
        raise ExecutionEnded(Outcome.REFUSED, f"{error}; nothing was sent") from error


async def restart_within(execution: Execution, intent: OrderedRestart) -> None:
    """Restart the pods of the plan as a part of another action, which keeps a journal of its own.

    Raises `ExecutionEnded`.
    """
    try:
        with locked(execution.state_folder, intent.set_uid):
            await _Executor(execution, intent, with_journal=False).run()
    except JournalFailed as error:
        raise ExecutionEnded(Outcome.NOT_REACHED, str(error)) from error


class _Executor:
    def __init__(self, execution: Execution, intent: OrderedRestart, *, with_journal: bool = True) -> None:
        self._execution = execution
        self._intent = intent
        self._with_journal = with_journal
        self._pod_steps = list(execution.plan.pod_steps)
        """The pods that are left, the present one first."""
        self._requests = {request.about.uid: request for request in execution.plan.requests}
        self._replicas = int(execution.plan.precondition("replicas"))
        self._min_ready = int(execution.plan.precondition("min-ready-seconds"))
        self._journal = self._open_journal()
        self._journal_written = bool(intent.continues)
        self._sent = False
        self._removed = next((pod_step for pod_step in self._pod_steps if pod_step.gone), None)
        """The pod that was removed, or that may have been, and whose replacement is not available yet."""
        self._removal = "was removed earlier"
        """How that pod was removed."""

    def _open_journal(self) -> Journal:
        """The journal of the restart to resume, or a new one.

        Raises `JournalFailed` where it is of another restart.
        """
        execution, intent = self._execution, self._intent
        left = tuple(pod_step.ordinal for pod_step in execution.plan.pod_steps)
        if intent.continues:
            unfinished = restart_journal.unfinished(execution.state_folder, intent.set_uid)
            if unfinished is None or unfinished.journal is None or unfinished.journal.id != intent.continues:
                raise JournalFailed("the journal belongs to another restart than the one to resume")
            return unfinished.journal
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

    async def run(self) -> None:
        """Raises `ExecutionEnded`, and `JournalFailed` where nothing was sent."""
        try:
            await self._restart_all()
        except ExecutionEnded:
            self._clean_up_journal()
            raise
        except JournalFailed as error:
            self._clean_up_journal()
            if not self._sent:
                raise
            raise ExecutionEnded(Outcome.NOT_REACHED, f"{error}; nothing else is sent") from error
        if not self._with_journal:
            return
        try:
            restart_journal.remove(self._execution.state_folder, self._intent.set_uid)
        except JournalFailed as error:
            raise ExecutionEnded(Outcome.REACHED, str(error)) from error

    async def _restart_all(self) -> None:
        self._update_residual_state()
        while self._pod_steps:
            self._show_count()
            await self._execution.checkpoint()
            self._execution.extend_deadline()
            pod_step = self._pod_steps[0]
            if not pod_step.gone:
                fresh = await self._wait_until_allowed(pod_step)
                if self._moves_to_end(fresh, pod_step):
                    self._pod_steps.append(self._pod_steps.pop(0))
                    self._report(f"{pod_step.pod} has the label {self._intent.last} now: it is restarted last")
                    continue
                await self._remove(pod_step, fresh)
            await self._follow_replacement(pod_step)
        self._show_count()

    def _show_count(self) -> None:
        """Show how many pods are done, of how many; the action that this is a part of counts by itself."""
        if self._with_journal:
            done = len(self._journal.done)
            self._execution.show_count(done, done + len(self._pod_steps))

    # Before a pod is removed.

    async def _wait_until_allowed(self, pod_step: PodStep) -> FreshState:
        """Wait for a fresh list by which the pod may be removed, or is removed already."""
        tracker = OtherMembersTracker(self._intent, pod_step)
        while True:
            await self._execution.checkpoint()
            await self._execution.wait_for_goal(tracker.evaluate)
            try:
                fresh = await self._read_if_allowed(pod_step)
            except NotYet as why:
                self._execution.show_step(others_available(pod_step), False, str(why))
                await self._execution.wait(READ_AGAIN_SECONDS)
            else:
                self._execution.show_step(others_available(pod_step), True)
                return fresh

    async def _read_if_allowed(self, pod_step: PodStep) -> FreshState:
        """A fresh list by which the pod may be removed, or is removed already.

        Raises `NotYet`, and `ExecutionEnded` where the pod may never be removed.
        """
        try:
            fresh = await self._execution.read_fresh_state()
        except Refused as error:
            raise ExecutionEnded(self._not_removed, str(error)) from error
        except ClusterError as error:
            raise NotYet(f"cannot check the preconditions: {error}") from error
        if fresh.set.metadata.deletion_timestamp is not None:
            raise ExecutionEnded(self._not_removed, being_deleted(fresh.view.name))
        view, intent = fresh.view, self._intent
        if why := set_changed(view, intent.set_uid, intent.seen_revision, self._replicas):
            raise ExecutionEnded(self._not_removed, why)
        if not fresh.unread(PODS) and _removed_by_others(fresh, pod_step):
            return fresh
        if not intent.override and (why := losing(fresh, pod_step.pod)):
            raise ExecutionEnded(self._not_removed, why)
        if why := recreated_otherwise(view, pod_step):
            raise ExecutionEnded(self._not_removed, why)
        if why := (
            rollout_in_progress(view)
            or others_unavailable(fresh, pod_step.pod)
            or below_quorum(fresh, pod_step.pod, self._execution.settings)
        ):
            raise NotYet(why)
        return fresh

    @property
    def _not_removed(self) -> Outcome:
        """The outcome where a pod may never be removed.

        REFUSED would say that nothing was sent.
        """
        return Outcome.NOT_REACHED if self._sent else Outcome.REFUSED

    def _moves_to_end(self, fresh: FreshState, pod_step: PodStep) -> bool:
        """Whether the pod has the label of the last pods now, and others are left."""
        last = self._intent.last
        rest = self._pod_steps[1:]
        return has_label(fresh, pod_step.pod, last) and any(not has_label(fresh, one.pod, last) for one in rest)

    # The removal.

    async def _remove(self, pod_step: PodStep, fresh: FreshState) -> None:
        """Return once the pod is removed, by us or by another client."""
        while True:
            self._update_journal(pod_step)
            self._write_journal()
            if removal := _removed_by_others(fresh, pod_step):
                self._removed, self._removal = pod_step, removal
                self._report(f"{pod_step.pod} {removal}")
                return
            request = self._requests[pod_step.uid]
            try:
                await self._execution.send(
                    request, partial(self._was_removed, pod_step), partial(self._recheck, pod_step)
                )
            except NotYet as why:
                self._execution.show_step(request.words, False, str(why))
                fresh = await self._wait_until_allowed(pod_step)
            else:
                self._sent, self._removed, self._removal = True, pod_step, self._own_removal
                return

    async def _recheck(self, pod_step: PodStep) -> str:
        """Check everything again just before each sending.

        An eviction that fails on its precondition uses up the budget nevertheless, so the uid is read first. Raises
        `NotYet` and `ExecutionEnded`.
        """
        if _removed_by_others(await self._read_if_allowed(pod_step), pod_step):
            raise NotYet(f"{pod_step.pod} is already removed")
        try:
            pod = await self._read(pod_step)
        except ClusterError as error:
            raise NotYet(f"cannot read {pod_step.pod}: {error}") from error
        if is_gone_or_terminating(pod, pod_step.uid):
            raise NotYet(f"{pod_step.pod} is already removed")
        if self._execution.paused:
            raise NotYet("paused")
        if not self._execution.live:
            raise NotYet("data is not live")
        return ""

    async def _was_removed(self, pod_step: PodStep) -> bool:
        """Whether a request without a response removed the pod. Raises `ClusterError`."""
        self._sent, self._removed = True, pod_step
        self._update_residual_state(f"unknown whether {pod_step.pod} {self._own_removal}")
        removed = is_gone_or_terminating(await self._read(pod_step), pod_step.uid)
        if not removed:
            self._removed = None
            self._update_residual_state()
        return removed

    async def _read(self, pod_step: PodStep) -> Pod | None:
        """Raises `ClusterError`."""
        return await read_pod(self._execution.session, self._requests[pod_step.uid].about)

    @property
    def _own_removal(self) -> str:
        return "was evicted" if self._intent.means is RemovalMethod.EVICTION else "was deleted"

    # The replacement.

    async def _follow_replacement(self, pod_step: PodStep) -> None:
        replacement = ReplacementTracker(self._intent, pod_step)
        self._execution.extend_deadline(self._intent.soak + self._min_ready)
        tracker = self._updating_residual_state(replacement, pod_step)
        await self._execution.wait_for_goal(tracker)
        if self._intent.command:
            await wait_until_command_succeeds(self._execution, self._intent, pod_step, replacement, tracker)
        self._pod_steps.remove(pod_step)
        self._removed = None
        self._update_journal(None, Done(pod_step.pod, pod_step.uid, replacement.uid, _stamp(self._execution.now())))
        if self._pod_steps:
            # After the last pod there is nothing to resume: the journal is removed.
            self._write_journal()

    def _updating_residual_state(self, replacement: ReplacementTracker, pod_step: PodStep) -> GoalTracker:
        def evaluate(view: SetView | None, now: datetime) -> GoalView:
            goal = replacement.evaluate(view, now)
            if replacement.available:
                self._update_residual_state(f"{pod_step.pod} is available again, but not yet as it has to be")
            else:
                self._update_residual_state(f"{pod_step.pod} {self._removal}, its replacement is not available yet")
            return goal

        return evaluate

    # What is recorded and shown.

    def _update_journal(self, current: PodStep | None, *done: Done) -> None:
        """Set the pod in progress (None: none), and add pods that are done."""
        in_progress = Current(current.pod, current.ordinal, current.uid) if current is not None else None
        left = tuple(pod_step.ordinal for pod_step in self._pod_steps if pod_step is not current)
        was = self._journal
        self._journal = msgspec.structs.replace(was, done=(*was.done, *done), current=in_progress, left=left)
        if current is None:
            self._update_residual_state()

    def _write_journal(self) -> None:
        """Raises `JournalFailed`."""
        if not self._with_journal:
            return
        self._journal_written = True
        restart_journal.write(self._execution.state_folder, self._journal)

    def _clean_up_journal(self) -> None:
        """Remove the journal of a restart that did nothing, or correct it.

        A pod whose request was not sent is not in progress.
        """
        if not self._journal_written:
            return
        folder, uid = self._execution.state_folder, self._intent.set_uid
        try:
            if self._removed is None and not self._journal.done:
                restart_journal.remove(folder, uid)
            elif self._removed is None and self._journal.current is not None:
                self._update_journal(None)
                self._write_journal()
        except JournalFailed as error:
            self._execution.note(str(error))

    def _report(self, words: str) -> None:
        """Show a step that is done, and record it."""
        self._execution.show_step(words, True)
        self._execution.note(words)

    def _update_residual_state(self, in_progress: str = "") -> None:
        """Keep the text current that says what a stop would leave."""
        done = [one.name for one in self._journal.done]
        left = [pod_step.pod for pod_step in self._pod_steps if not (in_progress and pod_step is self._removed)]
        parts = [f"{listed(done)} restarted"] if done else []
        parts += [in_progress] if in_progress else []
        parts += [f"{listed(left)} not restarted"] if left else []
        self._execution.residual_state = "; ".join(parts)


def _removed_by_others(fresh: FreshState, pod_step: PodStep) -> str:
    """How the pod was removed without us; empty where it still can be removed.

    A pod of another uid was created after the state that was confirmed.
    """
    row = next((row for row in fresh.view.ordinals if row.name == pod_step.pod and row.place is Place.EXPECTED), None)
    if row is None or row.uid != pod_step.uid:
        return "was already replaced meanwhile"
    terminating = is_gone_or_terminating(pod_of(fresh, pod_step.pod), pod_step.uid)
    return "was deleted by another client meanwhile" if terminating else ""


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
