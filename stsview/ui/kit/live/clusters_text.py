"""The states of several clusters as text, for the header line and the notice line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import ClusterState, Link
from stsview.text.cluster_labels import cluster_labels
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.ui.kit.live.health_text import PRESENT, health_forms, notice_words
from stsview.ui.kit.look.roles import Role, Span, Spans

_GAP: Span = ("   ", Role.DIM)

_CONNECTING = (Link.CONNECTING, Link.LOADING)


def clusters_forms(states: Sequence[ClusterState], now: datetime) -> tuple[Spans, ...]:
    """The state of each cluster, in several forms, the longest first: those that are not live are named longest."""
    labels = cluster_labels([state.cluster for state in states])
    forms = {state.cluster: health_forms(state.health, now) for state in states}
    live = [state for state in states if state.health.link in PRESENT]
    others = [state for state in states if state.health.link not in PRESENT]

    def full(state: ClusterState, form: int) -> Spans:
        of_state = forms[state.cluster]
        glyph, *words = of_state[min(form, len(of_state) - 1)]
        return (glyph, (f"{labels[state.cluster]} ", Role.STRONG), *words)

    def brief(state: ClusterState) -> Spans:
        """Its sign and name alone."""
        return (forms[state.cluster][-1][0], (labels[state.cluster], Role.TEXT))

    def counted(group: Sequence[ClusterState]) -> list[Spans]:
        """How many there are of each state, in a word."""
        words: dict[str, list[ClusterState]] = {}
        for state in group:
            words.setdefault(_word(state.health.link), []).append(state)
        return [
            (forms[same[0].cluster][-1][0], (f"{len(same)} {word}", forms[same[0].cluster][-1][0][1]))
            for word, same in words.items()
        ]

    return (
        _joined([full(state, 0) for state in states]),
        _joined([full(state, 9) for state in states]),
        _joined([brief(state) if state in live else full(state, 9) for state in states]),
        _joined([*counted(live), *(full(state, 9) for state in others)]),
        _joined([*counted(live), *(brief(state) for state in others)]),
        _joined(counted(states)),
    )


def clusters_notices(states: Sequence[ClusterState], now: datetime) -> tuple[Spans, ...]:
    """What is wrong with the data of each cluster, the longest form first; none where nothing is."""
    labels = cluster_labels([state.cluster for state in states])
    told: list[Spans] = []
    for state in states:
        words = _notice(state, now)
        if words:
            told.append(((f"{labels[state.cluster]}: ", Role.STRONG), *words))
    if not told:
        return ()
    separator: Span = (f" {active().separator} ", Role.DIM)
    joined = [span for one in told for span in (separator, *one)][1:]
    if len(told) == 1:
        return (tuple(joined),)
    rest = count(len(told) - 1, "other cluster")
    return tuple(joined), (*told[0], separator, (f"{rest} not live", Role.WARNING))


def _notice(state: ClusterState, now: datetime) -> Spans:
    health = state.health
    if health.link in _CONNECTING:
        # No empty screen says why, as it does where there is one cluster.
        waiting = f"waiting for {health.waiting_for}" if health.waiting_for else ""
        text = health.problem or waiting
        return ((text, Role.WARNING),) if text else ()
    return notice_words(health, state.scope, now)


def _word(link: Link) -> str:
    words: dict[Link, str] = {Link.DISCONNECTED: "off"}
    return words.get(link, str(link.value))


def _joined(parts: Sequence[Spans]) -> Spans:
    return tuple(span for part in parts for span in (_GAP, *part))[1:]
