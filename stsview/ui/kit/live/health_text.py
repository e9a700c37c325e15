"""How far the picture may be believed, in a few words: the right end of the first line, and the line below it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from stsview.live.snapshot import Link, PictureHealth, Scope, Snapshot
from stsview.model.states import Health
from stsview.text.ages import short, spoken
from stsview.text.glyphs import active
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import count, merge_sentences, number
from stsview.ui.kit.look.roles import Role, Span, Spans

STALE = frozenset({Link.SILENT, Link.DISCONNECTED})
"""What is shown is not the present: it must never look as if it were."""

PRESENT = frozenset({Link.LIVE, Link.POLLED})
"""What is shown is the present, as far as it is read."""

UNREAD = frozenset({Link.CONNECTING, Link.LOADING})
"""There is no whole picture yet: what is missing may only not have been read."""


_NAMED = 2
"""So many polled kinds are named; more are counted."""


def health_words(health: PictureHealth, now: datetime) -> tuple[Spans, ...]:
    """The state of the picture, the fullest form first, each of the others shorter than the one before."""
    match health.link:
        case Link.CONNECTING:
            return (
                _line(Health.TERMINATING, ("connecting", Role.TEXT), _retry(health, now)),
                _line(Health.TERMINATING, ("connecting", Role.TEXT)),
            )
        case Link.LOADING:
            return (
                _line(Health.PROGRESSING, (reading_words(health), Role.PROGRESSING), _retry(health, now)),
                _line(Health.PROGRESSING, (f"reading {number(health.loaded)}", Role.PROGRESSING)),
                _line(Health.PROGRESSING, ("reading", Role.PROGRESSING)),
            )
        case Link.SILENT:
            lag = _seconds(health.since, now)
            return (
                _line(Health.PROGRESSING, (f"no word for {lag}", Role.WARNING_STRONG), role=Role.WARNING),
                _line(Health.PROGRESSING, (f"silent {lag}", Role.WARNING_STRONG), role=Role.WARNING),
            )
        case Link.DISCONNECTED:
            lag = _seconds(health.since, now)
            return (
                _line(
                    Health.MISSING,
                    (f"disconnected {lag}", Role.DEGRADED_STRONG),
                    _retry(health, now),
                    role=Role.DEGRADED,
                ),
                _line(Health.MISSING, (f"disconnected {lag}", Role.DEGRADED_STRONG), role=Role.DEGRADED),
                _line(Health.MISSING, (f"off {lag}", Role.DEGRADED_STRONG), role=Role.DEGRADED),
            )
        case Link.POLLED:
            lag = _seconds(health.since, now)
            return _with_gaps(
                health,
                _line(Health.PROGRESSING, (f"polled {lag} ago", Role.WARNING_STRONG), role=Role.WARNING),
                _line(Health.PROGRESSING, ("polled", Role.WARNING_STRONG), role=Role.WARNING),
            )
        case Link.LIVE:
            return _with_gaps(health, _line(Health.READY, ("live", Role.READY_STRONG)))


def notice_forms(health: PictureHealth, scope: Scope, now: datetime) -> tuple[Spans, ...]:
    """The line under the header in full, and a form of it in which more of the reason has room."""
    problem = health.problem
    if scope.server:
        # The header says which cluster it is, and names of servers may fill a line.
        problem = problem.replace(scope.server, "the server")
    full, brief = notice_words(health, scope, now), replace(health, problem=problem)
    if health.link not in STALE:
        return full, notice_words(brief, scope, now)
    (_, role), *rest = notice_words(brief, scope, now)
    return full, ((f"{_seconds(health.since, now)} old", role), *rest)


def notice_words(health: PictureHealth, scope: Scope, now: datetime) -> Spans:
    """The line under the header: what is wrong with the picture, if anything is; the worst of it alone."""
    glyphs = active()
    dot = f" {glyphs.separator} "
    match health.link:
        case Link.DISCONNECTED | Link.SILENT:
            lost = health.link is Link.DISCONNECTED
            why = f"the connection to {scope.context} is lost" if lost else f"{scope.context} does not answer"
            words = f"This is how it was {_seconds(health.since, now)} ago"
            role = Role.DEGRADED if lost else Role.WARNING
            return ((words, role.strong), (dot, Role.DIM), (health.problem or why, Role.TEXT))
        case Link.CONNECTING | Link.LOADING:
            if health.problem:
                return (sign(Health.WARNING), (" " + health.problem, Role.WARNING))
            return ()
        case Link.LIVE | Link.POLLED:
            pieces = [*_clock(health), *_polled(health), *merge_sentences(health.degraded)]
            if health.malformed:
                shown = "it is" if health.malformed == 1 else "they are"
                pieces.append(f"{count(health.malformed, 'object')} not understood, and not shown as {shown}")
            if not pieces:
                return ()
            return (sign(Health.WARNING), (" " + dot.join(pieces), Role.WARNING))


def interrupted(snapshot: Snapshot) -> bool:
    """Whether the picture would be a newer one if another try went well."""
    return snapshot.health.link in STALE or (snapshot.health.link in UNREAD and bool(snapshot.health.problem))


def restricted(snapshot: Snapshot) -> bool:
    """Whether the picture would be a fuller one if something more might be read."""
    health = snapshot.health
    return health.link is Link.POLLED or (health.link is Link.LIVE and bool(health.degraded or snapshot.scope.limit))


def reading_words(health: PictureHealth) -> str:
    """How far the first lists have come."""
    if health.remaining is not None:
        return f"reading {number(health.loaded)} of {number(health.loaded + health.remaining)} objects"
    return f"reading, {count(health.loaded, 'object')} so far" if health.loaded else "reading"


def _retry(health: PictureHealth, now: datetime) -> Span:
    if health.retry_at is None:
        return ("", Role.DIM)
    seconds = (health.retry_at - now).total_seconds()
    # A try that is due takes a moment to begin or to fail: "in 0 s" would look stuck.
    return (f", next try in {seconds:.0f} s" if seconds >= 1 else ", trying", Role.TEXT)


def _clock(health: PictureHealth) -> list[str]:
    """Ages count by the server's clock; whoever compares them with a watch must know that they will not agree."""
    ahead = health.clock_offset.total_seconds()
    if not ahead:
        return []
    return [f"this machine's clock is {spoken(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} the server's"]


def _polled(health: PictureHealth) -> list[str]:
    if not health.polled:
        return []
    few = len(health.polled) <= _NAMED
    what = " and ".join(health.polled) if few else count(len(health.polled), "kind")
    return [f"{what} are polled every {health.poll_seconds:.0f} s, as you may not watch them"]


def _with_gaps(health: PictureHealth, *forms: Spans) -> tuple[Spans, ...]:
    """These forms with the gaps of the picture before them as long as there is room."""
    gaps = _gaps(health)
    if not gaps:
        return forms
    few = (f"{len(health.degraded) + bool(health.malformed)} gaps", Role.WARNING)
    return ((*gaps, ("   ", Role.DIM), *forms[0]), (few, ("   ", Role.DIM), *forms[0]), *forms)


def _gaps(health: PictureHealth) -> list[Span]:
    parts = []
    if health.degraded:
        parts.append(f"{count(len(health.degraded), 'kind')} unread")
    if health.malformed:
        parts.append(f"{number(health.malformed)} malformed")
    if not parts:
        return []
    return [sign(Health.WARNING), (" " + f" {active().separator} ".join(parts), Role.WARNING)]


def _seconds(since: datetime | None, now: datetime) -> str:
    """`22 s` below two minutes, then as everywhere; `a while` when nobody knows."""
    if since is None:
        return "a while"
    lag = max(0.0, (now - since).total_seconds())
    return f"{int(lag)} s" if lag < 120 else short(lag)


def _line(health: Health, *words: Span, role: Role | None = None) -> Spans:
    glyph, own = sign(health)
    return ((glyph + " ", role or own), *(word for word in words if word[0]))
