from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from stsview.live.snapshot import Link, PictureHealth, Scope, Snapshot
from stsview.text.terminal_text import width
from stsview.ui.kit.live.health_text import health_forms, interrupted, notice_forms, notice_words, restricted
from stsview.ui.kit.look.roles import plain
from tests.support.ui.fleets import NOW, ago, fleet_of

SCOPE = Scope("prod-eu1")


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (PictureHealth(Link.LIVE), "● live"),
        (PictureHealth(Link.CONNECTING), "◌ connecting"),
        (
            PictureHealth(Link.CONNECTING, retry_at=NOW + timedelta(seconds=3)),
            "◌ connecting, next try in 3 s",
        ),
        (
            PictureHealth(Link.CONNECTING, retry_at=NOW + timedelta(seconds=3), problem="refused"),
            "○ not connected, next try in 3 s",
        ),
        (PictureHealth(Link.LOADING), "◐ loading"),
        (PictureHealth(Link.LOADING, loaded=12_000), "◐ loading, 12,000 objects so far"),
        (PictureHealth(Link.LOADING, loaded=12_000, remaining=38_000), "◐ loading 12,000 of 50,000 objects"),
        (PictureHealth(Link.SILENT, ago(seconds=22)), "◐ no response for 22 s"),
        (PictureHealth(Link.SILENT, ago(minutes=5)), "◐ no response for 5m"),
        (
            PictureHealth(Link.DISCONNECTED, ago(seconds=41), NOW + timedelta(seconds=3)),
            "○ disconnected 41 s, next try in 3 s",
        ),
        (PictureHealth(Link.DISCONNECTED, ago(seconds=41), NOW), "○ disconnected 41 s, retrying"),
        (PictureHealth(Link.DISCONNECTED), "○ disconnected a while"),
        (
            PictureHealth(Link.LIVE, degraded=("you may not list pods",), malformed=3, denied=("pods",)),
            "▲ no access: pods · 3 malformed   ● live",
        ),
        (PictureHealth(Link.FILE, NOW.replace(microsecond=0)), f"· from a file, as of {NOW:%Y-%m-%d %H:%M:%S} UTC"),
        (PictureHealth(Link.POLLED, ago(seconds=12), polled=("pods",)), "◐ polled 12 s ago"),
        (
            PictureHealth(Link.POLLED, ago(seconds=12), degraded=("nodes are out of date",)),
            "▲ 1 kind not read   ◐ polled 12 s ago",
        ),
    ],
)
def test_the_longest_form(health: PictureHealth, words: str) -> None:
    assert plain(health_forms(health, NOW)[0]) == words


@pytest.mark.parametrize("link", list(Link))
def test_forms_get_shorter(link: Link) -> None:
    health = PictureHealth(link, ago(seconds=41), NOW + timedelta(seconds=3), "x", 5, 6, ("a", "b"), 7)
    lengths = [width(plain(form)) for form in health_forms(health, NOW)]
    assert lengths == sorted(set(lengths), reverse=True)


@pytest.mark.parametrize("link", [link for link in Link if link is not Link.LIVE])
def test_only_live_data_looks_live(link: Link) -> None:
    assert not any("live" in plain(form) for form in health_forms(PictureHealth(link, ago(seconds=5)), NOW))


def test_the_notice_shows_age_and_problem_of_stale_data() -> None:
    lost = PictureHealth(Link.DISCONNECTED, ago(seconds=41), problem="connection refused")
    assert plain(notice_words(lost, SCOPE, NOW)) == ("Data is 41 s old · connection refused")
    assert plain(notice_words(PictureHealth(Link.DISCONNECTED, ago(seconds=41)), SCOPE, NOW)) == (
        "Data is 41 s old · connection to prod-eu1 lost"
    )
    lost = replace(lost, since=ago(seconds=5), as_of=ago(seconds=51))
    assert plain(notice_words(lost, SCOPE, NOW)) == "Data is up to 51 s old · connection refused"
    assert plain(health_forms(lost, NOW)[0]) == "○ disconnected 5 s"
    silent = PictureHealth(Link.SILENT, ago(seconds=22))
    assert plain(notice_words(silent, SCOPE, NOW)) == "Data is 22 s old · prod-eu1 does not respond"


def test_the_notice_groups_unreadable_kinds_by_reason() -> None:
    kinds = ("nodes", "persistentvolumes", "storageclasses")
    health = PictureHealth(Link.LIVE, degraded=tuple(f"you may not list {kind} in this cluster" for kind in kinds))
    assert plain(notice_words(health, SCOPE, NOW)) == (
        "▲ you may not list nodes, persistentvolumes and storageclasses in this cluster"
    )


def test_the_short_notice_starts_with_the_reason() -> None:
    scope = Scope("prod-eu1", "https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com")
    refused = f"{scope.server} cannot be reached: connection refused"
    lost = PictureHealth(Link.DISCONNECTED, ago(seconds=41), problem=refused)
    full, brief = (plain(form) for form in notice_forms(lost, scope, NOW))
    assert full == f"Data is 41 s old · {refused}"
    assert brief == "41 s old · the server cannot be reached: connection refused"
    loading = PictureHealth(Link.LOADING, problem=refused)
    assert plain(notice_forms(loading, scope, NOW)[1]) == "▲ the server cannot be reached: connection refused"
    assert {plain(form) for form in notice_forms(PictureHealth(Link.LIVE), scope, NOW)} == {""}


def test_the_notice_names_unreadable_kinds() -> None:
    health = PictureHealth(Link.LIVE, degraded=("you may not list pods",), malformed=1)
    assert plain(notice_words(health, SCOPE, NOW)) == (
        "▲ you may not list pods · 1 object malformed: missing or outdated"
    )


@pytest.mark.parametrize(
    ("polled", "words"),
    [
        (("events",), "events polled every 30 s (no permission to watch)"),
        (("events", "pods"), "events and pods polled every 30 s (no permission to watch)"),
        (("events", "pods", "nodes"), "3 kinds polled every 30 s (no permission to watch)"),
    ],
)
def test_the_notice_names_polled_kinds(polled: tuple[str, ...], words: str) -> None:
    health = PictureHealth(Link.POLLED, NOW, degraded=("you may not list jobs",), polled=polled, poll_seconds=30)
    assert plain(notice_words(health, SCOPE, NOW)) == f"▲ {words} · you may not list jobs"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=1), "local clock is 1h 0m behind the server's"),
        (timedelta(seconds=-130), "local clock is 2m 10s ahead of the server's"),
    ],
)
def test_the_notice_reports_a_clock_offset(ahead: timedelta, words: str) -> None:
    assert plain(notice_words(PictureHealth(Link.LIVE, clock_offset=ahead), SCOPE, NOW)) == f"▲ {words}"
    # In a demo at another speed the clocks differ by design.
    assert not notice_words(PictureHealth(Link.LIVE, clock_offset=ahead), Scope("demo", own_clock=True), NOW)


@pytest.mark.parametrize(
    ("health", "scope", "newer", "fuller"),
    [
        (PictureHealth(Link.LIVE), SCOPE, False, False),
        (PictureHealth(Link.LIVE, malformed=3, clock_offset=timedelta(hours=1)), SCOPE, False, False),
        (PictureHealth(Link.LIVE, degraded=("you may not list pods",)), SCOPE, False, True),
        (PictureHealth(Link.LIVE), Scope("prod-eu1", limit="you may not list statefulsets in all"), False, True),
        (PictureHealth(Link.POLLED), SCOPE, False, True),
        (PictureHealth(Link.DISCONNECTED, degraded=("you may not list pods",)), SCOPE, True, False),
        (PictureHealth(Link.LOADING), SCOPE, False, False),
        (PictureHealth(Link.CONNECTING, problem="connection refused"), SCOPE, True, False),
    ],
)
def test_when_a_retry_can_help(health: PictureHealth, scope: Scope, newer: bool, fuller: bool) -> None:
    picture = Snapshot(fleet_of(), scope, health, NOW)
    assert (interrupted(picture), restricted(picture)) == (newer, fuller)


def test_complete_live_data_has_no_notice() -> None:
    assert notice_words(PictureHealth(Link.LIVE), SCOPE, NOW) == ()
    assert notice_words(PictureHealth(Link.CONNECTING), SCOPE, NOW) == ()
    assert notice_words(PictureHealth(Link.CONNECTING, problem="refused"), SCOPE, NOW) == (), "the empty screen says it"
    assert plain(notice_words(PictureHealth(Link.LOADING, problem="refused"), SCOPE, NOW)) == "▲ refused"
