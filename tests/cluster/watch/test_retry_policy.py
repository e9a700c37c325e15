"""When a reflector retries."""

from __future__ import annotations

from random import Random

import pytest

from stsview.cluster.errors import TimedOut, Unreachable
from stsview.cluster.watch.retry_policy import RetryPolicy, StreamEnd
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
