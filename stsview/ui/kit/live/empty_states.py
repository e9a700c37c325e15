"""What a screen says when it has nothing to show: each reason in its own words."""

from __future__ import annotations

from stsview.live.snapshot import Link, Snapshot
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.kit.live.health_text import reading_words
from stsview.ui.kit.look.phrases import count, merge_sentences
from stsview.ui.kit.table import Placeholder

_LONGEST = 400
"""Cells of one sentence; some messages know no bounds, and this is no place to read them to the end."""


def no_sets(snapshot: Snapshot) -> Placeholder:
    """Why the fleet is empty."""
    health, scope = snapshot.health, snapshot.scope
    match health.link:
        case Link.CONNECTING:
            words = f"connecting to {scope.context} {active().ellipsis}"
            details = tuple(part for part in (scope.server, health.problem) if part)
            return _told(words, details, Health.WARNING if health.problem else Health.NEUTRAL)
        case Link.LOADING:
            details = (health.problem,) if health.problem else ()
            return _told(f"{reading_words(health)} from {scope.context}", details)
        case _:
            everything = bool(scope.limit) or not scope.namespaces
            ways = "N chooses namespaces, C another context" if everything else "0 shows all namespaces"
            if health.blind:
                return _told("no StatefulSets to be seen", (health.blind, ways), Health.UNKNOWN)
            details = (ways, *merge_sentences(health.degraded))
            if scope.limit:
                where = count(len(scope.namespaces), "namespace")
                return _told(f"no StatefulSets in the {where} that you may read", (scope.words, *details))
            where = ", ".join(scope.namespaces) or scope.context
            return _told(f"no StatefulSets in {where}", details)


def no_match(text: str, total: int) -> Placeholder:
    """Why a filter leaves nothing over."""
    return _told(f"none of {total:,} matches “{text}”", ("esc clears the filter",))


def no_findings(snapshot: Snapshot) -> Placeholder:
    """Why there is no finding: an all-clear only where everything could be looked at."""
    sets = snapshot.fleet.sets
    if snapshot.health.link in (Link.CONNECTING, Link.LOADING) or not sets:
        return no_sets(snapshot)
    unknown = sum(1 for view in sets.values() if view.unknown)
    if unknown:
        return _told(
            "no findings in what can be read", (f"of {count(unknown, 'set')} not all can be read",), Health.UNKNOWN
        )
    return _told("no findings", (f"{count(len(sets), 'set')}, each as it should be",), Health.READY)


def no_pods(view: SetView) -> Placeholder:
    """Why a set has no line to show."""
    if view.unknown:
        return _told("no pods to be seen", view.unknown, Health.UNKNOWN)
    return _told("no pods", (f"it is scaled to {view.replicas}",))


def set_gone(key: Key, snapshot: Snapshot) -> Placeholder:
    """Why the set whose screen this is has nothing to show."""
    if snapshot.health.link in (Link.CONNECTING, Link.LOADING):
        return no_sets(snapshot)
    return _told(
        f"{key} is gone",
        ("The StatefulSet was deleted, or is no longer in what is looked at.", "esc goes back to the fleet"),
        Health.MISSING,
    )


def _told(headline: str, details: tuple[str, ...] = (), health: Health = Health.NEUTRAL) -> Placeholder:
    return Placeholder(crop(headline, _LONGEST), tuple(crop(detail, _LONGEST) for detail in details), health)
