"""The health of the picture, from the state of its streams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.picture_health import (
    ADVANCE_SECONDS,
    EVENT_SECONDS,
    LAPSE_SECONDS,
    lists_advance,
    picture_health,
    steady_offset,
)
from stsview.live.snapshot import Link, PictureHealth
from stsview.objects.kinds import EVENTS, PODS, STATEFULSETS
from stsview.objects.stream_messages import StreamHealth, StreamPhase

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def live(last_event_at: float, **changes: object) -> StreamHealth:
    stream = StreamHealth(kind=STATEFULSETS, phase=StreamPhase.LIVE, synced=True, last_event_at=last_event_at, loaded=3)
    stream = replace(stream, as_of=last_event_at)
    return replace(stream, **changes)


def judge(*streams: StreamHealth, answered: float | None, now: float) -> tuple[PictureHealth, float | None]:
    return picture_health(streams, answered, now, at)


def test_live_until_the_heartbeat_is_too_old() -> None:
    health, due = judge(live(98), live(90, kind=PODS), answered=99, now=100)
    assert health.link is Link.LIVE
    assert due == 99 + 15
    health, due = judge(live(98), live(90, kind=PODS), answered=99, now=114)
    assert (health.link, health.since, health.as_of, due) == (Link.SILENT, at(99), at(90), None)


def test_live_until_a_stream_is_silent_for_too_long() -> None:
    health, due = judge(live(30), live(100, kind=PODS), answered=100, now=100)
    assert (health.link, due) == (Link.LIVE, 30 + 75)
    health, _ = judge(live(30), live(105, kind=PODS), answered=105, now=105)
    assert (health.link, health.since) == (Link.SILENT, at(30))


def test_a_silent_watch_is_opened_again_before_it_counts_as_silent() -> None:
    assert ReflectorSettings().watch_silence_seconds + LAPSE_SECONDS < EVENT_SECONDS


def test_a_renewed_watch_is_live_and_a_waiting_one_is_disconnected() -> None:
    renewing = live(99, phase=StreamPhase.LISTING, disconnected_at=99.0)
    health, due = judge(renewing, answered=100, now=100)
    assert (health.link, due) == (Link.LIVE, 101)
    assert judge(renewing, answered=100, now=101)[0].link is Link.DISCONNECTED
    waiting = live(80, phase=StreamPhase.WAITING, disconnected_at=99.0, retry_at=104.0, problem="connection refused")
    health, _ = judge(waiting, live(99, kind=PODS), answered=100, now=100)
    assert health == PictureHealth(
        link=Link.DISCONNECTED, since=at(99), as_of=at(80), retry_at=at(104), problem="connection refused"
    )


@pytest.mark.parametrize(
    ("broke", "idle_since", "pods_at", "answered", "since"),
    [
        (99, 50, 90, 96, 99),
        (99, 50, 90, 80, 99),
        (99, 50, 60, 80, 80),
        (99, 50, 60, 98.9, 99),
        (99, 50, 60, 100, 99),
        (50, 40, 90, 99, 50),
    ],
    ids=["cut", "frames without heartbeat", "half-open", "just answered", "still answers", "other streams are well"],
)
def test_the_age_of_the_connection_is_not_that_of_idle_data(
    broke: float, idle_since: float, pods_at: float, answered: float, since: float
) -> None:
    lost = live(idle_since, phase=StreamPhase.WAITING, disconnected_at=broke, problem="refused")
    health, _ = judge(lost, live(pods_at, kind=PODS), answered=answered, now=101)
    assert (health.link, health.since, health.as_of) == (Link.DISCONNECTED, at(since), at(idle_since))


def test_a_retry_after_a_failure_is_not_live() -> None:
    trying = live(99, phase=StreamPhase.LISTING, disconnected_at=99.0, problem="forbidden")
    assert judge(trying, live(100, kind=PODS), answered=100, now=100)[0].link is Link.DISCONNECTED


def test_a_kind_that_was_never_read_is_loading_however_often_it_fails() -> None:
    failing = StreamHealth(
        kind=PODS,
        phase=StreamPhase.WAITING,
        last_event_at=99,
        disconnected_at=50,
        retry_at=104,
        problem="it never ends",
    )
    health, _ = judge(live(99), failing, answered=100, now=100)
    assert (health.link, health.retry_at, health.problem) == (Link.LOADING, at(104), "it never ends")


def test_a_new_list_in_progress_does_not_make_the_picture_newer() -> None:
    listing = live(99, as_of=30, phase=StreamPhase.LISTING, disconnected_at=31)
    health, _ = judge(listing, live(99, kind=PODS), answered=100, now=100)
    assert (health.link, health.since, health.as_of) == (Link.DISCONNECTED, at(31), at(30))


def test_after_a_suspend_earlier_data_is_old_at_once() -> None:
    health, _ = picture_health([live(99), live(101, kind=PODS)], 101, 101, at, awake_since=100)
    assert (health.link, health.since, health.as_of) == (Link.DISCONNECTED, at(99), at(99))
    health, _ = picture_health([live(101), live(101, kind=PODS)], 101, 101, at, awake_since=100)
    assert health.link is Link.LIVE


def test_connecting_then_loading_before_the_first_list() -> None:
    nothing = StreamHealth(kind=PODS)
    assert judge(answered=None, now=0)[0].link is Link.CONNECTING
    assert judge(nothing, answered=0, now=0)[0].link is Link.CONNECTING
    loading = StreamHealth(kind=PODS, phase=StreamPhase.LISTING, loaded=500, remaining=1500)
    health, _ = judge(live(1), loading, answered=0, now=1)
    assert (health.link, health.loaded, health.remaining) == (Link.LOADING, 503, 1500)


@pytest.mark.parametrize("phase", [StreamPhase.FORBIDDEN, StreamPhase.ABSENT])
def test_a_forbidden_kind_degrades_the_picture_and_is_named_once(phase: StreamPhase) -> None:
    blind = StreamHealth(kind=PODS, phase=phase, problem="you may not list pods")
    health, _ = judge(live(1), blind, replace(blind, namespace="b"), answered=1, now=1)
    assert (health.link, health.degraded) == (Link.LIVE, ("you may not list pods",))


def test_malformed_objects_are_counted_over_all_streams() -> None:
    assert judge(live(1, malformed=2), live(1, kind=PODS, malformed=1), answered=1, now=1)[0].malformed == 3


def test_a_kind_without_bookmarks_is_not_silent() -> None:
    health, due = judge(live(590), live(0, kind=EVENTS), answered=599, now=600)
    assert (health.link, due) == (Link.LIVE, 599 + 15)


def test_a_lost_optional_kind_leaves_only_a_gap() -> None:
    lost = live(
        10, kind=EVENTS, phase=StreamPhase.WAITING, disconnected_at=20.0, problem="500: no leader", namespace="a"
    )
    health, _ = judge(live(99), lost, answered=99, now=100)
    assert health.link is Link.LIVE
    assert health.degraded == ("events in namespace a are out of date: 500: no leader",)
    renewing = replace(lost, phase=StreamPhase.LISTING, disconnected_at=99.0, problem="")
    health, due = judge(live(99), renewing, answered=99, now=100)
    assert (health.degraded, due) == ((), 101.0)
    health, _ = judge(live(99), StreamHealth(kind=EVENTS, phase=StreamPhase.LISTING, loaded=500), answered=99, now=100)
    assert (health.link, health.degraded) == (Link.LIVE, ()), "its first list is nothing to wait for"


def test_an_optional_kind_is_lost_with_all_others() -> None:
    lost = live(10, phase=StreamPhase.WAITING, disconnected_at=20.0, problem="connection refused")
    health, _ = judge(lost, replace(lost, kind=EVENTS), answered=10, now=30)
    assert health.link is Link.DISCONNECTED


def test_a_polled_picture_is_current_but_not_live() -> None:
    polled = live(70, kind=PODS, phase=StreamPhase.POLLED, retry_at=100.0, problem="you may not watch pods")
    health, due = judge(live(98), polled, replace(polled, namespace="b", last_event_at=80), answered=99, now=100)
    assert (health.link, health.since) == (Link.POLLED, at(70))
    assert (health.polled, health.poll_seconds, health.degraded) == (("pods",), 30.0, ())
    assert due == 99 + 15
    lost = live(70, phase=StreamPhase.WAITING, disconnected_at=99.0)
    assert judge(lost, polled, answered=99, now=100)[0].link is Link.DISCONNECTED


def test_later_streams_do_not_make_a_complete_picture_load_again() -> None:
    late = StreamHealth(kind=PODS, namespace="new", phase=StreamPhase.LISTING)
    assert judge(live(99), late, answered=100, now=100)[0].link is Link.LOADING
    health, _ = picture_health((live(99), late), 100, 100, at, settled=True)
    assert health.link is Link.LIVE
    stuck = replace(late, phase=StreamPhase.WAITING, disconnected_at=99.0, problem="connection refused")
    health, _ = picture_health((live(99), stuck), 100, 100, at, settled=True)
    assert (health.link, health.problem) == (Link.LOADING, "connection refused")


def test_a_picture_is_loading_while_readable_namespaces_are_unknown() -> None:
    for streams in ((), (live(99),)):
        assert picture_health(streams, 100, 100, at, searching=True, settled=True)[0].link is Link.LOADING


@pytest.mark.parametrize(
    ("offset", "shown", "expected"),
    [
        (4.9, 0, 0),
        (-5.0, 0, 0),
        (5.4, 0, 5),
        (-7.6, 0, -8),
        (7.4, 8, 8),
        (3599.1, 0, 3600),
        (-3600.7, 0, -3600),
        (3604, 3600, 3600),
        (3, 60, 0),
    ],
)
def test_the_offset_of_the_local_clock_is_steady(offset: float, shown: float, expected: float) -> None:
    assert steady_offset(timedelta(seconds=offset), timedelta(seconds=shown)) == timedelta(seconds=expected)


def test_blind_only_when_sets_can_be_read_nowhere() -> None:
    refused = StreamHealth(
        STATEFULSETS, "a", StreamPhase.FORBIDDEN, problem="you may not list statefulsets in namespace a"
    )
    assert judge(refused, live(99, kind=PODS), answered=100, now=100)[0].blind == refused.problem
    assert judge(refused, live(99, namespace="b"), answered=100, now=100)[0].blind == ""
    assert judge(live(99), replace(refused, kind=PODS), answered=100, now=100)[0].blind == ""


def test_a_list_advances_while_it_brings_something() -> None:
    listing = live(100, phase=StreamPhase.LISTING, synced=False, kind=PODS)
    assert lists_advance([live(1), listing], 101)
    assert not lists_advance([live(100), listing], 100 + ADVANCE_SECONDS), "it hangs: what is known is shown"
    assert not lists_advance([live(100), replace(listing, synced=True)], 101), "it is read again: what is shown stays"
    assert not lists_advance([replace(listing, kind=EVENTS)], 101), "the picture does not need it"
    assert not lists_advance([replace(listing, last_event_at=None)], 101)
