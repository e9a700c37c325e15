"""Under any faults in a rollout: no pod is removed that may not be, and the reported residual state is true."""

from __future__ import annotations

import asyncio
import os
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Intent,
    Order,
    OrderedRestart,
    PauseRollout,
    RemovalMethod,
    Restart,
    ResumeRollout,
    Unblock,
    Undo,
)
from stsview.actions.progress import Outcome
from tests.support.actions.fault_injection import (
    Event,
    claim_is_deleted,
    claim_is_lost,
    node_is_cordoned,
    picture_goes_stale,
    pod_is_deleted,
    pod_is_replaced,
    server_is_busy,
)
from tests.support.actions.rollout_fault_injection import (
    EVENTS,
    all_are_needed,
    evictions_are_put_off,
    partition_is_moved,
    partition_is_moved_unseen,
    pod_gets_well,
    pod_is_not_ready,
    somebody_restarts_it,
    strategy_is_changed,
)
from tests.support.actions.scripted_runs import (
    Fault,
    OperatorAction,
    Outcomes,
    clock_is_set_back,
    clock_is_set_forward,
    scripted_run,
)
from tests.support.actions.strategies import Deed, Shape

EXAMPLES = int(os.environ.get("STSVIEW_EXAMPLES", "2"))
"""How many interleavings each test tries; a thousand take five minutes."""

_REQUESTS = 90
"""About as many as it takes to restart three pods, from the plan on."""

_PLANNED = 26
"""About as many of them as there are before it is confirmed."""

_SECONDS = 25.0

_ALL_EVENTS = (*EVENTS, clock_is_set_forward, clock_is_set_back)

_RANDOM = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="STSVIEW_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    # To make a failure simpler takes minutes, and it has few events.
    phases=(Phase.generate,),
)


def _shapes(stories: st.SearchStrategy[str]) -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        replicas=st.sampled_from([3, 3, 3, 2, 4, 1]),
        parallel=st.sampled_from([False, False, False, True]),
        on_delete=st.sampled_from([False] * 6 + [True]),
        partition=st.sampled_from([0] * 6 + [1, 2, 7]),
        start=st.sampled_from([0, 0, 3]),
        min_ready=st.sampled_from([0, 0, 4]),
        storage=st.sampled_from([False, False, True]),
        quorum=st.sampled_from(["", "", "", "majority", "majority", "2", "3", "many"]),
        budget=st.sampled_from(["1"] * 6 + ["", "0", "2"]),
        story=stories,
    )


RESTARTS = st.builds(
    Deed,
    kind=st.just(OrderedRestart),
    pods=st.just(1),
    order=st.sampled_from([*Order, Order.HIGHEST_FIRST]),
    only=st.lists(st.integers(0, 3), max_size=3).map(tuple),
    last=st.sampled_from(["", "", "role", "role=leader"]),
    means=st.sampled_from([*RemovalMethod, RemovalMethod.EVICTION]),
    soak=st.sampled_from([0.0, 0.0, 3.0]),
    command=st.sampled_from(["", "", "", "", "true", "false"]),
    other_revision=st.sampled_from([True, True, False]),
    hasty=st.booleans(),
    seconds=st.sampled_from([45.0, 90.0]),
)

_STORIES: dict[type[Intent], tuple[str, ...]] = {
    Undo: ("stuck", "stuck", "sick", "rolling", ""),
    Unblock: ("blocked",),
    CanaryStart: ("",),
    CanaryStep: ("canary",),
    CanaryAbort: ("canary", "bad canary"),
    PauseRollout: ("rolling",),
    ResumeRollout: ("paused",),
    Restart: ("", "paused"),
}

_KINDS = [Undo, Undo, Undo, Unblock, Unblock, Unblock, CanaryAbort, *_STORIES]

OTHERS = st.builds(
    Deed,
    kind=st.sampled_from(_KINDS),
    pods=st.integers(1, 3),
    hasty=st.booleans(),
    seconds=st.sampled_from([45.0, 100.0]),
    order=st.just(Order.HIGHEST_FIRST),
    only=st.just(()),
    last=st.just(""),
    means=st.just(RemovalMethod.EVICTION),
    soak=st.just(0.0),
    command=st.just(""),
    other_revision=st.just(True),
)

HAPPENINGS = st.lists(
    st.builds(
        Fault,
        st.integers(0, _REQUESTS) | st.integers(_PLANNED, _REQUESTS),
        st.sampled_from(_ALL_EVENTS),
        st.integers(0, 3),
        st.just(0.0),
    )
    | st.builds(Fault, st.just(-1), st.sampled_from(_ALL_EVENTS), st.integers(0, 3), st.floats(0, _SECONDS)),
    max_size=4,
)


def _whims(*what: str) -> st.SearchStrategy[OperatorAction]:
    kind, pause = st.sampled_from(what), st.sampled_from([2.0, 5.0])
    at_a_request = st.builds(OperatorAction, kind, st.integers(20, _REQUESTS), st.just(0), st.just(False), pause)
    at_a_write = st.builds(OperatorAction, kind, st.just(-1), st.integers(0, 3), st.booleans(), pause)
    return at_a_request | at_a_write


WHIMS = st.lists(_whims("stop", "pause", "pause", "kill"), max_size=2)


def _count(outcomes: Outcomes) -> None:
    for mark in outcomes.marks:
        event(mark)
    for run in outcomes.runs:
        event(f"{type(run.plan.intent).__name__}: {run.progress.outcome.value}")
    if outcomes.refused:
        event("no run")


RESTARTED = st.tuples(_shapes(st.sampled_from(["", "", "", "", "paused", "sick"])), RESTARTS)

MOVED = OTHERS.flatmap(lambda deed: st.tuples(_shapes(st.sampled_from(_STORIES[deed.kind])), st.just(deed)))


@given(RESTARTED, HAPPENINGS, st.lists(WHIMS, min_size=1, max_size=3))
@_RANDOM
def test_a_restart_among_whatever_happens(
    wanted: tuple[Shape, Deed], faults: list[Fault], operator_actions: list[list[OperatorAction]]
) -> None:
    _count(asyncio.run(scripted_run(*wanted, faults, operator_actions)))


@given(MOVED, HAPPENINGS, WHIMS)
@_RANDOM
def test_all_else_that_moves_a_set_among_whatever_happens(
    wanted: tuple[Shape, Deed], faults: list[Fault], operator_actions: list[OperatorAction]
) -> None:
    _count(asyncio.run(scripted_run(*wanted, faults, [operator_actions])))


ONE = Deed(only=(2,), seconds=20.0)
LOWEST = Deed(only=(0,), seconds=45.0)
BACK, FREE, START = Deed(Undo, seconds=20.0), Deed(Unblock, seconds=20.0), Deed(CanaryStart)

SICK, LAZY = Shape(story="sick"), Shape(story="unready", min_ready=60)
STORED, STORED_BLOCKED = Shape(storage=True), Shape(storage=True, story="blocked")
STUCK, BLOCKED = Shape(story="stuck"), Shape(story="blocked")


@cache
def calm(shape: Shape, deed: Deed) -> Outcomes:
    """What comes of it where nothing happens."""
    return asyncio.run(scripted_run(shape, deed))


@pytest.mark.parametrize(
    ("shape", "deed", "taken"),
    [
        (Shape(), Deed(), ["zookeeper-0", "zookeeper-1", "zookeeper-2"]),
        (Shape(parallel=True, min_ready=4, start=3), Deed(means=RemovalMethod.DELETION, only=(1,)), ["zookeeper-4"]),
        (STUCK, BACK, ["", "zookeeper-2"]),
        (SICK, Deed(Undo), ["", "zookeeper-1", "zookeeper-2"]),
        (Shape(), Deed(Undo), [""]),
        (BLOCKED, FREE, ["zookeeper-2"]),
        (Shape(), START, [""]),
        (Shape(story="bad canary"), Deed(CanaryAbort), ["", "zookeeper-2"]),
        (Shape(story="rolling"), Deed(PauseRollout), [""]),
        (Shape(story="paused"), Deed(ResumeRollout), [""]),
    ],
)
def test_where_nothing_happens_what_is_wanted_is_done(shape: Shape, deed: Deed, taken: list[str]) -> None:
    """So that the invariants are not kept by doing nothing."""
    outcomes = calm(shape, deed)
    assert sorted(outcomes.taken.elements()) == taken
    assert [run.progress.outcome for run in outcomes.runs] == [Outcome.REACHED]


@pytest.mark.parametrize(
    ("shape", "deed", "happens", "pod", "goes"),
    [
        (Shape(), ONE, pod_is_deleted, 0, True),
        (Shape(), ONE, pod_is_not_ready, 0, False),
        (Shape(), ONE, all_are_needed, 0, False),
        (Shape(), ONE, picture_goes_stale, 0, False),
        (Shape(), ONE, pod_is_replaced, 2, False),
        (Shape(partition=3), LOWEST, partition_is_moved_unseen, 1, True),
        (BLOCKED, FREE, pod_is_replaced, 2, False),
        (STORED, ONE, claim_is_deleted, 2, False),
        (STORED, ONE, claim_is_deleted, 1, True),
        (STORED, ONE, claim_is_lost, 2, False),
        (STORED, ONE, node_is_cordoned, 2, True),
        (STORED_BLOCKED, FREE, claim_is_deleted, 2, False),
    ],
)
def test_what_happens_just_before_a_pod_goes_keeps_it(
    shape: Shape, deed: Deed, happens: Event, pod: int, goes: bool
) -> None:
    """Where that passes, a later read lets it continue."""
    first = next(one for one in calm(shape, deed).invariants[0].attempts if one.pod)
    at = Fault(calm(shape, deed).invariants[0].last_look(first), happens, pod)
    outcomes = asyncio.run(scripted_run(shape, deed, [at]))
    assert outcomes.taken[first.pod] == goes, outcomes.runs[-1].progress


@pytest.mark.parametrize(
    ("shape", "deed", "putting_off", "happens", "pod"),
    [
        (Shape(), ONE, evictions_are_put_off, pod_is_not_ready, 0),
        (Shape(), ONE, evictions_are_put_off, all_are_needed, 0),
        (LAZY, BACK, server_is_busy, pod_gets_well, 1),
        (STORED, ONE, evictions_are_put_off, claim_is_deleted, 2),
        (STORED_BLOCKED, FREE, server_is_busy, claim_is_deleted, 2),
    ],
)
def test_what_happens_while_the_server_puts_it_off_keeps_it(
    shape: Shape, deed: Deed, putting_off: Event, happens: Event, pod: int
) -> None:
    """The read before the first try is outdated then."""
    first = next(one for one in calm(shape, deed).invariants[0].attempts if one.pod)
    at = [Fault(first.number, putting_off, 0), Fault(first.number, happens, pod)]
    outcomes = asyncio.run(scripted_run(shape, deed, at))
    assert [one.done for one in outcomes.invariants[0].attempts if one.pod == first.pod] == [False]


def test_where_the_picture_gets_old_after_the_last_look_nothing_goes_and_what_was_sent_before_is_said() -> None:
    last = calm(STUCK, BACK).invariants[0].attempts[-1]
    outcomes = asyncio.run(scripted_run(STUCK, BACK, [Fault(last.number - 2, picture_goes_stale, 0)]))
    assert outcomes.taken == {"": 1}
    said = outcomes.runs[0].progress.words
    assert said.startswith("data is not live: nothing else was sent; the template is that of "), said
    assert said.endswith("; zookeeper-2 was not deleted"), said


@pytest.mark.parametrize(
    ("shape", "deed", "happens"),
    [
        (STUCK, BACK, somebody_restarts_it),
        (Shape(), START, somebody_restarts_it),
        (Shape(partition=2), Deed(Restart), partition_is_moved),
        (STUCK, BACK, strategy_is_changed),
    ],
)
def test_a_set_that_is_changed_just_before_is_not_patched(shape: Shape, deed: Deed, happens: Event) -> None:
    at = Fault(calm(shape, deed).invariants[0].attempts[0].number, happens, 0)
    outcomes = asyncio.run(scripted_run(shape, deed, [at]))
    assert not outcomes.taken


@pytest.mark.parametrize(("shape", "deed"), [(Shape(), ONE), (BLOCKED, FREE)])
def test_what_is_paused_or_stopped_just_before_a_pod_goes_does_not_take_it(shape: Shape, deed: Deed) -> None:
    """Except for when it is resumed."""
    before = calm(shape, deed).invariants[0]
    at = before.last_look(before.attempts[0])
    for what, goes in (("pause", 1), ("stop", 0)):
        outcomes = asyncio.run(scripted_run(shape, deed, operator_actions=[[OperatorAction(what, at)]]))
        assert outcomes.invariants[0].carried_out == goes, what


def test_of_two_that_are_freed_the_first_is_said_to_be_gone_where_it_is_stopped_then() -> None:
    outcomes = asyncio.run(
        scripted_run(SICK, BACK, operator_actions=[[OperatorAction("stop", -1, 1, carried_out=True)]])
    )
    assert outcomes.taken == {"": 1, "zookeeper-1": 1}
    assert outcomes.runs[0].progress.outcome is Outcome.STOPPED


async def test_killed_before_any_request_or_while_something_is_sent_it_is_gone_on_with() -> None:
    """To its end, and each pod went once; so too where it was stopped."""
    operator_actions = [OperatorAction(what, number) for number, what in product(range(30, 76), ("kill", "stop"))]
    operator_actions += [OperatorAction("kill", -1, write, done) for write, done in product(range(3), (False, True))]
    for operator_action in operator_actions[-1 :: -max(1, len(operator_actions) // EXAMPLES)]:
        outcomes = await scripted_run(Shape(), Deed(), operator_actions=[[operator_action]])
        if len(outcomes.invariants) == 1 and operator_action.before >= 0 and not outcomes.taken:
            # It had not begun.
            continue
        assert outcomes.runs[-1].progress.outcome is Outcome.REACHED, operator_action
        assert sorted(outcomes.taken.elements()) == ["zookeeper-0", "zookeeper-1", "zookeeper-2"], operator_action
