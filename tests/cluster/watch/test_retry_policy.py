"""When a reflector retries."""

from __future__ import annotations

from random import Random

import pytest

from stsview.cluster.errors import ClusterError, Forbidden, Rejected, ServerError, TimedOut, Unreachable
from stsview.cluster.watch.relist import StreamEnd
from stsview.cluster.watch.retry_policy import RetryPolicy
from stsview.objects.kinds import NODES
from stsview.objects.stream_messages import StreamPhase


@pytest.mark.parametrize(("events", "relist"), [(True, False), (False, True)])
def test_a_watch_that_was_silent_is_opened_again_at_once_and_is_no_problem(events: bool, relist: bool) -> None:
    """An idle watch of a real API server brought its first bookmark 120 s after a restart of the server."""
    policy = RetryPolicy(NODES, "", Random(1))
    for _ in range(3):
        step = policy.next_step(StreamEnd(TimedOut("silent"), opened=True, seconds=70, events=events), True)
        assert (step.phase, step.delay, step.problem) == (StreamPhase.LISTING, 0, "")
        assert (step.relist, step.doubt) == (relist, True)


@pytest.mark.parametrize(
    "end",
    [
        StreamEnd(TimedOut("no answer")),
        StreamEnd(TimedOut("silent"), opened=True, seconds=1),
        StreamEnd(Unreachable("cut"), opened=True, seconds=70, events=True),
    ],
    ids=["not opened", "at once", "cut"],
)
def test_other_failures_wait_and_say_why(end: StreamEnd) -> None:
    step = RetryPolicy(NODES, "", Random(1)).next_step(end, True)
    assert step.phase is StreamPhase.WAITING
    assert step.delay > 0
    assert step.problem == str(end.error)


def after_an_outage() -> RetryPolicy:
    policy = RetryPolicy(NODES, "", Random(1))
    for _ in range(8):
        step = policy.next_step(StreamEnd(Unreachable("refused")), True)
    assert step.delay >= 15
    return policy


@pytest.mark.parametrize(
    ("error", "at_most"),
    [
        (Forbidden("no", 403), 0.75),
        (Rejected("too large resource version", 400), 0.75),
        (ServerError("starting", 503), 45),
        (Unreachable("refused"), 45),
    ],
    ids=["403", "400", "503", "unreachable"],
)
def test_an_answer_ends_the_back_off_of_an_outage(error: ClusterError, at_most: float) -> None:
    step = after_an_outage().next_step(StreamEnd(error), True)
    assert at_most / 3 <= step.delay <= at_most


@pytest.mark.parametrize(("synced", "early"), [(True, 5), (False, 0)], ids=["readable before", "never readable"])
def test_lost_access_is_believed_soon_and_rechecked_early(synced: bool, early: int) -> None:
    """A server that starts up denies requests until it has read its roles."""
    policy = after_an_outage()
    denied = StreamEnd(Forbidden("no", 403))
    first = [policy.next_step(denied, synced) for _ in range(2)]
    assert sum(step.delay for step in first) <= 2.25
    assert {step.phase for step in first} == {StreamPhase.WAITING if synced else StreamPhase.FORBIDDEN}
    later = [policy.next_step(denied, False) for _ in range(6)]
    assert {step.phase for step in later} == {StreamPhase.FORBIDDEN}
    assert [step.delay < 30 for step in later[:4]] == [bool(early)] * 4
    assert later[-1].delay >= 30
