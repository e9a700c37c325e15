"""Texts of empty screens: why there is nothing to show."""

from __future__ import annotations

from stsview.live.snapshot import CURRENT, ClusterState, Link, Snapshot
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import crop
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.live.health_text import loading_text
from stsview.ui.kit.look.phrases import merge_sentences
from stsview.ui.kit.table import Placeholder

_LONGEST = 400
"""Cells of one sentence: messages from servers may be of any length."""


def no_sets(snapshot: Snapshot) -> Placeholder:
    """Why the fleet is empty."""
    if snapshot.clusters:
        return _no_sets_in(snapshot)
    health, scope = snapshot.health, snapshot.scope
    match health.link:
        case Link.CONNECTING:
            if health.problem:
                ways = f"press {hint('contexts', 'C')} to switch context, {hint('retry', 'ctrl+r')} to retry now"
                return _placeholder(f"not connected to {scope.context}", (health.problem, ways), Health.MISSING)
            waiting = f"waiting for {health.waiting_for}" if health.waiting_for else ""
            words = f"connecting to {scope.context} {active().ellipsis}"
            return _placeholder(words, tuple(part for part in (scope.server, waiting) if part))
        case Link.LOADING:
            details = tuple(part for part in (loading_text(health), health.problem) if part)
            return _placeholder(f"loading from {scope.context} {active().ellipsis}", details)
        case Link.FILE | Link.REPLAY:
            where = f"namespace {', '.join(scope.namespaces)} of " if scope.namespaces else ""
            return _placeholder(f"no StatefulSets in {where}{scope.context}", (health.blind,) if health.blind else ())
        case _:
            everything = bool(scope.limit) or not scope.namespaces
            choosing = f"{hint('namespaces', 'N')} to choose namespaces, {hint('contexts', 'C')} to switch context"
            ways = f"press {choosing if everything else hint('all_namespaces', '0') + ' for all namespaces'}"
            if health.blind:
                return _placeholder("no StatefulSets visible", (health.blind, ways), Health.UNKNOWN)
            details = (ways, *merge_sentences(health.degraded))
            if scope.limit:
                where = count(len(scope.namespaces), "namespace")
                return _placeholder(f"no StatefulSets in the {where} you may read", (scope.text, *details))
            where = ", ".join(scope.namespaces) or scope.context
            return _placeholder(f"no StatefulSets in {where}", details)


def _no_sets_in(snapshot: Snapshot) -> Placeholder:
    """The same for several clusters: none has a set, or some could not be read yet."""
    unread = [state for state in snapshot.clusters if state.health.link not in CURRENT or state.health.blind]
    if not unread:
        where = ", ".join(snapshot.scope.namespaces) or count(len(snapshot.clusters), "cluster")
        return _placeholder(f"no StatefulSets in {where}", (f"press {hint('namespaces', 'N')} to choose namespaces",))
    details = [f"{state.cluster}: {_why_unread(state)}" for state in unread]
    if len(unread) == len(snapshot.clusters):
        return _placeholder(f"waiting for {count(len(unread), 'cluster')} {active().ellipsis}", tuple(details))
    return _placeholder("no StatefulSets in the clusters that were read", tuple(details), Health.UNKNOWN)


def _why_unread(state: ClusterState) -> str:
    health = state.health
    if health.problem or health.blind:
        return health.problem or health.blind
    if health.waiting_for:
        return f"waiting for {health.waiting_for}"
    return loading_text(health) if health.link is Link.LOADING else health.link.value


def nothing_known(snapshot: Snapshot) -> bool:
    """Whether no set could be read, so that counts of sets and of findings would be zero without meaning it."""
    health = snapshot.health
    if snapshot.clusters:
        return not snapshot.fleet.sets and any(
            state.health.link in (Link.CONNECTING, Link.LOADING) or bool(state.health.blind)
            for state in snapshot.clusters
        )
    return not snapshot.fleet.sets and (health.link in (Link.CONNECTING, Link.LOADING) or bool(health.blind))


def no_match(text: str, total: int, noun: str = "set") -> Placeholder:
    """No row matches the filter."""
    return _placeholder(
        f'no match for "{text}" ({count(total, noun)})', (f"press {hint('clear_filter', 'esc')} to clear the filter",)
    )


def no_findings(snapshot: Snapshot, unknown: int) -> Placeholder:
    """Why there is no finding: an all-clear only where everything could be read.

    `unknown` is the number of sets of which a part is unknown.
    """
    sets = snapshot.fleet.sets
    if snapshot.health.link in (Link.CONNECTING, Link.LOADING) or not sets:
        return no_sets(snapshot)
    if unread := [state.cluster for state in snapshot.clusters if state.health.link not in CURRENT]:
        details = f"{', '.join(unread)} {'is' if len(unread) == 1 else 'are'} not live"
        return _placeholder("no findings in the clusters that are live", (details,), Health.UNKNOWN)
    if unknown:
        return _placeholder(
            "no findings in what can be read", (f"{count(unknown, 'set')} only partly readable",), Health.UNKNOWN
        )
    return _placeholder("no findings", (f"{count(len(sets), 'set')} checked",), Health.READY)


def no_pods(view: SetView) -> Placeholder:
    """Why a set has no pods to show."""
    if view.unknown:
        return _placeholder("no pods visible", view.unknown, Health.UNKNOWN)
    return _placeholder("no pods", (f"replicas is {view.replicas}",))


def set_not_found(key: Key, snapshot: Snapshot) -> Placeholder:
    """Why the set of this screen cannot be shown."""
    if snapshot.health.link in (Link.CONNECTING, Link.LOADING):
        return no_sets(snapshot)
    return _placeholder(
        f"{key} not found",
        (
            "The StatefulSet was deleted, or its namespace is no longer watched.",
            f"press {hint('back', 'esc')} to return to the fleet",
        ),
        Health.MISSING,
    )


def _placeholder(headline: str, details: tuple[str, ...] = (), health: Health = Health.NEUTRAL) -> Placeholder:
    return Placeholder(crop(headline, _LONGEST), tuple(crop(detail, _LONGEST) for detail in details), health)
