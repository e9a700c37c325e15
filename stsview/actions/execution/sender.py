"""Sending one request at most once, with its lines in the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.audit_log import AuditFailed
from stsview.actions.execution.audit_record import AuditRecord
from stsview.actions.execution.deadline import Deadline
from stsview.actions.execution.interruptible_wait import InterruptibleWait
from stsview.actions.execution.progress_recorder import ProgressRecorder
from stsview.actions.plan import Request
from stsview.actions.progress import Outcome
from stsview.actions.requests.patch_outcome import explain, renewed
from stsview.cluster.errors import (
    ClusterError,
    LoginFailed,
    Rejected,
    ServerError,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteRefused
from stsview.live.live import Live
from stsview.live.snapshot import Link

READ_AGAIN_SECONDS = 2.0
"""Between two reads of something that no watch reports."""

RETRY_SECONDS = 10.0
"""Between two tries of a request that the server answers with 429, mostly for an exhausted PodDisruptionBudget."""

_INSIST_SECONDS, _MOST_INSIST_SECONDS = 0.5, 2.0
"""Between two tries of a request that must not be left out: at first, and after many."""

_RENEWALS = 5
"""How often a patch is sent again for a newer resourceVersion: during a rollout the status is written all the time."""

WasDone = Callable[[], Awaitable[bool]]
"""Whether the server carried out a request whose answer was lost. Raises `Refused` and `ClusterError`."""

Recheck = Callable[[], Awaitable[str]]
"""Why a request must not be sent after all; empty where it may be. Raises `ClusterError`."""


class Sender:
    """Sends the requests of one execution; all methods raise `ExecutionEnded`."""

    def __init__(
        self,
        live: Live,
        session: Session,
        record: AuditRecord,
        report: ProgressRecorder,
        deadline: Deadline,
        wait: InterruptibleWait,
    ) -> None:
        self.sent = False
        """Whether any request was sent, or may have been."""
        self._live = live
        self._session = session
        self._record = record
        self._report = report
        self._deadline = deadline
        self._wait = wait

    async def send(
        self, request: Request, was_done: WasDone, recheck: Recheck | None, raise_if_stopped: Callable[[], None]
    ) -> None:
        """Send one request, with a line in the audit log before and after.

        It is sent again only where the server did not carry it out: after a 429, and for a patch that failed by its
        resourceVersion alone, with the present one. `recheck` is called just before each sending, and what it raises
        comes out here. `was_done` is called where the answer was lost.
        """
        renewals = _RENEWALS
        while True:
            self._report.show_request(request.words, False)
            await self._recheck(recheck)
            raise_if_stopped()
            self._require_live()
            self._record_before(request)
            try:
                await self._session.write(request.path, request.message)
            except TooManyRequests as error:
                await self._wait_to_retry(request, error)
                continue
            except WriteRefused as error:
                self._record.after(request, "refused", str(error))
                raise ExecutionEnded(self.not_sent, str(error)) from error
            except Unreachable as error:
                self.sent = True
                self._record.after(request, "unknown", str(error))
                self._report.show_request(
                    request.words, False, f"no response ({error}); checking whether it was carried out"
                )
                await self._find_out(request, was_done)
                return
            except ClusterError as error:
                request = await self._renewed(request, error, renewals)
                renewals -= 1
                continue
            self.sent = True
            self._record.after(request, "done")
            self._report.show_request(request.words, True)
            return

    async def send_persistently(self, request: Request, was_done: WasDone, give_up_after: float) -> None:
        """Send one request until the server has carried it out, or has rejected it for good.

        For the second half of a change whose first half must not be left alone: neither a stop, nor data that is not
        live, nor an audit log that cannot be written prevents it. `was_done` is called wherever an answer was lost.

        Raises the `ClusterError` of a rejection, and `ExecutionEnded` after `give_up_after` seconds.
        """
        until = self._deadline.clock.monotonic() + give_up_after
        self._report.show_request(request.words, False)
        usual = _INSIST_SECONDS
        while True:
            self._record.before_if_possible(request)
            self.sent = True
            try:
                await self._session.write(request.path, request.message)
            except (TooManyRequests, Unauthorized, LoginFailed) as error:
                # It was not carried out.
                self._record.after(request, "failed", str(error))
                why, pause = str(error), error.retry_after or usual
            except (Unreachable, ServerError) as error:
                self._record.after(request, "unknown", str(error))
                why, pause = str(error), usual
                if await self._is_done(was_done):
                    self._record.after(request, "found done")
                    break
            except ClusterError as error:
                self._record.after(request, "failed", str(error))
                raise
            else:
                self._record.after(request, "done")
                break
            if self._deadline.clock.monotonic() + pause > until:
                raise ExecutionEnded(Outcome.TIMED_OUT, why)
            self._report.show_request(request.words, False, f"{why}; trying again")
            await self._deadline.clock.sleep(pause)
            usual = min(2 * usual, _MOST_INSIST_SECONDS)
        self._report.show_request(request.words, True)

    async def _is_done(self, was_done: WasDone) -> bool:
        try:
            return await was_done()
        except (ClusterError, Refused):
            # The request is repeated: the server refuses it where it was carried out after all.
            return False

    @property
    def not_sent(self) -> Outcome:
        """The outcome when a request is not sent: REFUSED would say that none was."""
        return Outcome.NOT_REACHED if self.sent else Outcome.REFUSED

    async def _recheck(self, recheck: Recheck | None) -> None:
        if recheck is None:
            return
        try:
            why = await recheck()
        except ClusterError as error:
            why = f"cannot check the preconditions: {error}"
        if why:
            raise ExecutionEnded(self.not_sent, why)

    def _require_live(self) -> None:
        if self._live.snapshot.health.link is not Link.LIVE or self._live.session is not self._session:
            more = " else" if self.sent else ""
            raise ExecutionEnded(self.not_sent, f"data is not live: nothing{more} was sent")

    def _record_before(self, request: Request) -> None:
        try:
            self._record.before(request)
        except AuditFailed as error:
            raise ExecutionEnded(self.not_sent, str(error)) from error

    async def _wait_to_retry(self, request: Request, error: TooManyRequests) -> None:
        words = error.server_message or str(error)
        self._record.after(request, "429", words)
        self._report.show_request(request.words, False, words)
        if self._deadline.passes_within(RETRY_SECONDS):
            raise ExecutionEnded(Outcome.TIMED_OUT, "the API server kept answering 429 Too Many Requests") from error
        await self._wait.fully(RETRY_SECONDS)

    async def _renewed(self, request: Request, error: ClusterError, renewals: int) -> Request:
        """The same patch for the present resourceVersion, where that alone failed."""
        why = (await explain(self._session, request) if _by_a_test(error) else "") or str(error)
        self._record.after(request, "failed", why)
        fresh = None
        try:
            if renewals and _by_a_test(error):
                fresh = await renewed(self._session, request)
        except ClusterError:
            pass  # Why the patch was refused is known already.
        if fresh is None:
            raise ExecutionEnded(Outcome.NOT_REACHED, f"the API server rejected the request: {why}") from error
        return fresh

    async def _find_out(self, request: Request, was_done: WasDone) -> None:
        """Read until it is known whether a request without an answer was carried out.

        It is never sent again.
        """
        while True:
            try:
                if await was_done():
                    self._record.after(request, "found done")
                    self._report.show_request(request.words, True)
                    return
            except (ClusterError, Refused) as error:
                words = f"unknown whether it was carried out: {error}"
            else:
                self._record.after(request, "found not done")
                raise ExecutionEnded(
                    Outcome.NOT_REACHED, "the connection broke before the request was carried out: try again"
                )
            if self._wait.stopped or self._deadline.passes_within(READ_AGAIN_SECONDS):
                raise ExecutionEnded(Outcome.STOPPED if self._wait.stopped else Outcome.TIMED_OUT, words)
            self._report.show_request(request.words, False, words)
            await self._wait.at_most(READ_AGAIN_SECONDS)


def _by_a_test(error: ClusterError) -> bool:
    """Whether a `test` of a JSON patch may have failed."""
    return isinstance(error, Rejected) and error.status == 422
