from __future__ import annotations

from datetime import timedelta

import pytest

from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.ui.presentation.picture import health_words, notice_words
from stsview.ui.roles import plain
from stsview.ui.text import width
from tests.ui.fleets import NOW, ago

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
        (PictureHealth(Link.LOADING), "◐ reading"),
        (PictureHealth(Link.LOADING, loaded=12_000), "◐ reading, 12,000 objects so far"),
        (PictureHealth(Link.LOADING, loaded=12_000, remaining=38_000), "◐ reading 12,000 of 50,000 objects"),
        (PictureHealth(Link.SILENT, ago(seconds=22)), "◐ no word for 22 s"),
        (PictureHealth(Link.SILENT, ago(minutes=5)), "◐ no word for 5m"),
        (
            PictureHealth(Link.DISCONNECTED, ago(seconds=41), NOW + timedelta(seconds=3)),
            "○ disconnected 41 s, next try in 3 s",
        ),
        (PictureHealth(Link.DISCONNECTED, ago(seconds=41), NOW), "○ disconnected 41 s, trying"),
        (PictureHealth(Link.DISCONNECTED), "○ disconnected a while"),
        (
            PictureHealth(Link.LIVE, degraded=("you may not list pods",), malformed=3),
            "▲ 1 kind unread · 3 malformed   ● live",
        ),
    ],
)
def test_the_fullest_words(health: PictureHealth, words: str) -> None:
    assert plain(health_words(health, NOW)[0]) == words


@pytest.mark.parametrize("link", list(Link))
def test_every_form_is_shorter_than_the_one_before(link: Link) -> None:
    health = PictureHealth(link, ago(seconds=41), NOW + timedelta(seconds=3), "x", 5, 6, ("a", "b"), 7)
    lengths = [width(plain(form)) for form in health_words(health, NOW)]
    assert lengths == sorted(set(lengths), reverse=True)


@pytest.mark.parametrize("link", [link for link in Link if link is not Link.LIVE])
def test_no_other_picture_looks_live(link: Link) -> None:
    assert not any("live" in plain(form) for form in health_words(PictureHealth(link, ago(seconds=5)), NOW))


def test_the_notice_tells_the_age_of_a_stale_picture_and_what_is_wrong() -> None:
    lost = PictureHealth(Link.DISCONNECTED, ago(seconds=41), problem="connection refused")
    assert plain(notice_words(lost, SCOPE, NOW)) == ("This is how it was 41 s ago · connection refused")
    assert plain(notice_words(PictureHealth(Link.DISCONNECTED, ago(seconds=41)), SCOPE, NOW)) == (
        "This is how it was 41 s ago · the connection to prod-eu1 is lost"
    )
    silent = PictureHealth(Link.SILENT, ago(seconds=22))
    assert plain(notice_words(silent, SCOPE, NOW)) == "This is how it was 22 s ago · prod-eu1 does not answer"


def test_the_notice_tells_what_cannot_be_read() -> None:
    health = PictureHealth(Link.LIVE, degraded=("you may not list pods",), malformed=1)
    assert plain(notice_words(health, SCOPE, NOW)) == (
        "▲ you may not list pods · 1 object not understood, and not shown as it is"
    )


def test_a_picture_that_is_whole_and_live_needs_no_notice() -> None:
    assert notice_words(PictureHealth(Link.LIVE), SCOPE, NOW) == ()
    assert notice_words(PictureHealth(Link.CONNECTING), SCOPE, NOW) == ()
    assert plain(notice_words(PictureHealth(Link.CONNECTING, problem="refused"), SCOPE, NOW)) == "▲ refused"
