"""Connection state as text, for the header line and the notice line."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from stsview.live.snapshot import OFFLINE, Link, PictureHealth, Scope, Snapshot
from stsview.model.states import Health
from stsview.text.ages import local_time, short, spoken
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import merge_sentences
from stsview.ui.kit.look.roles import Role, Span, Spans

STALE = frozenset({Link.SILENT, Link.DISCONNECTED})
"""The snapshot is outdated, and must never look current."""

PRESENT = frozenset({Link.LIVE, Link.POLLED, *OFFLINE})
"""The snapshot is current, as far as it can be read; one of files or of a recording is all there is."""

UNREAD = frozenset({Link.CONNECTING, Link.LOADING})
"""The first lists are incomplete: what is missing may not have been read yet."""


_SAME = timedelta(seconds=2)
"""Ages that differ by less are one."""

_NAMED = 2
"""Up to this many polled or unreadable kinds are named; more are counted."""


def health_forms(health: PictureHealth, now: datetime) -> tuple[Spans, ...]:
    """The connection state in several forms, the longest first."""
    match health.link:
        case Link.CONNECTING if health.problem:
            lost = ("not connected", Role.DEGRADED_STRONG)
            return (
                _line(Health.MISSING, lost, _retry(health, now), role=Role.DEGRADED),
                _line(Health.MISSING, lost, role=Role.DEGRADED),
            )
        case Link.CONNECTING:
            return (
                _line(Health.TERMINATING, ("connecting", Role.TEXT), _retry(health, now)),
                _line(Health.TERMINATING, ("connecting", Role.TEXT)),
            )
        case Link.LOADING:
            return (
                _line(Health.PROGRESSING, (loading_text(health), Role.PROGRESSING), _retry(health, now)),
                _line(Health.PROGRESSING, (f"loading {number(health.loaded)}", Role.PROGRESSING)),
                _line(Health.PROGRESSING, ("loading", Role.PROGRESSING)),
            )
        case Link.SILENT:
            lag = _seconds(health.since, now)
            return (
                _line(Health.PROGRESSING, (f"no response for {lag}", Role.WARNING_STRONG), role=Role.WARNING),
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
        case Link.FILE:
            time = local_time(health.since or now)
            return _with_gaps(
                health,
                _line(Health.NEUTRAL, (f"from a file, as of {time}", Role.STRONG)),
                _line(Health.NEUTRAL, (f"file of {time}", Role.STRONG)),
                _line(Health.NEUTRAL, ("file", Role.STRONG)),
            )
        case Link.REPLAY:
            return _with_gaps(health, _line(Health.NEUTRAL, ("replay", Role.STRONG)))


def notice_forms(health: PictureHealth, scope: Scope, now: datetime) -> tuple[Spans, ...]:
    """The notice line in full, and a form that leaves more room for the reason."""
    problem = health.problem
    if scope.server:
        # The header names the cluster, and an address may fill the line.
        problem = problem.replace(scope.server, "the server")
    full, brief = notice_words(health, scope, now), replace(health, problem=problem)
    if health.link not in STALE:
        return full, notice_words(brief, scope, now)
    (_, role), *rest = notice_words(brief, scope, now)
    return full, ((f"{_data_age(health, now)} old", role), *rest)


def notice_words(health: PictureHealth, scope: Scope, now: datetime) -> Spans:
    """The notice line: the worst problem with the data, if there is one."""
    glyphs = active()
    dot = f" {glyphs.separator} "
    match health.link:
        case Link.DISCONNECTED | Link.SILENT:
            lost = health.link is Link.DISCONNECTED
            why = f"connection to {scope.context} lost" if lost else f"{scope.context} does not respond"
            words = f"Data is {_data_age(health, now)} old"
            role = Role.DEGRADED if lost else Role.WARNING
            return ((words, role.strong), (dot, Role.DIM), (health.problem or why, Role.TEXT))
        case Link.CONNECTING:
            # The empty screen says why.
            return ()
        case Link.LOADING:
            if health.problem:
                return (sign(Health.WARNING), (" " + health.problem, Role.WARNING))
            return ()
        case Link.LIVE | Link.POLLED | Link.FILE | Link.REPLAY:
            pieces = [health.problem] if health.link is Link.REPLAY and health.problem else []
            pieces += [
                *(() if scope.own_clock else _clock(health)),
                *_polled(health),
                *merge_sentences(health.degraded),
            ]
            if health.malformed:
                pieces.append(f"{count(health.malformed, 'object')} malformed: missing or outdated")
            if not pieces:
                return ()
            return (sign(Health.WARNING), (" " + dot.join(pieces), Role.WARNING))


def interrupted(snapshot: Snapshot) -> bool:
    """Whether a retry could bring newer data."""
    healths = [state.health for state in snapshot.clusters] or [snapshot.health]
    return any(health.link in STALE or (health.link in UNREAD and bool(health.problem)) for health in healths)


def restricted(snapshot: Snapshot) -> bool:
    """Whether more read access would show more."""
    return any(
        state.health.link is Link.POLLED
        or (state.health.link is Link.LIVE and bool(state.health.degraded or state.scope.limit))
        for state in snapshot.clusters or (snapshot.state_of(None),)
    )


def loading_text(health: PictureHealth) -> str:
    """Progress of the first lists."""
    if health.remaining is not None:
        return f"loading {number(health.loaded)} of {number(health.loaded + health.remaining)} objects"
    return f"loading, {count(health.loaded, 'object')} so far" if health.loaded else "loading"


def _retry(health: PictureHealth, now: datetime) -> Span:
    if health.retry_at is None:
        return ("", Role.DIM)
    seconds = (health.retry_at - now).total_seconds()
    # A retry that is due takes a moment to start or fail: "in 0 s" would look stuck.
    return (f", next try in {seconds:.0f} s" if seconds >= 1 else ", retrying", Role.TEXT)


def _clock(health: PictureHealth) -> list[str]:
    """The clock offset: ages count by the server's clock, not the local one."""
    ahead = health.clock_offset.total_seconds()
    if not ahead:
        return []
    return [f"local clock is {spoken(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} the server's"]


def _polled(health: PictureHealth) -> list[str]:
    if not health.polled:
        return []
    few = len(health.polled) <= _NAMED
    what = " and ".join(health.polled) if few else count(len(health.polled), "kind")
    return [f"{what} polled every {health.poll_seconds:.0f} s (no permission to watch)"]


def _with_gaps(health: PictureHealth, *forms: Spans) -> tuple[Spans, ...]:
    """The forms, preceded by longer ones that name what cannot be read."""
    gaps = _gaps(health)
    if not gaps:
        return forms
    few = (count(len(health.degraded) + bool(health.malformed), "gap"), Role.WARNING)
    return ((*gaps, ("   ", Role.DIM), *forms[0]), (few, ("   ", Role.DIM), *forms[0]), *forms)


def _gaps(health: PictureHealth) -> list[Span]:
    parts = []
    if health.denied:
        few = len(health.denied) <= _NAMED
        parts.append(f"no access: {', '.join(health.denied) if few else count(len(health.denied), 'kind')}")
    elif health.degraded:
        parts.append(f"{count(len(health.degraded), 'kind')} not read")
    if health.malformed:
        parts.append(f"{number(health.malformed)} malformed")
    if not parts:
        return []
    return [sign(Health.WARNING), (" " + f" {active().separator} ".join(parts), Role.WARNING)]


def _seconds(since: datetime | None, now: datetime) -> str:
    """`22 s` below two minutes, then a short duration; `a while` if unknown."""
    if since is None:
        return "a while"
    lag = max(0.0, (now - since).total_seconds())
    return f"{int(lag)} s" if lag < 120 else short(lag)


def _data_age(health: PictureHealth, now: datetime) -> str:
    """`5 s`, or `up to 49 s` where data may be older than the loss of the connection."""
    since, as_of = health.since, health.as_of
    if since is None or as_of is None or since - as_of < _SAME:
        return _seconds(since, now)
    return f"up to {_seconds(as_of, now)}"


def _line(health: Health, *words: Span, role: Role | None = None) -> Spans:
    glyph, own = sign(health)
    return ((glyph + " ", role or own), *(word for word in words if word[0]))
