"""What the states of several clusters are together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import CURRENT, DIFFERING, ClusterState, Link, PictureHealth, Scope
from stsview.model.views import Fleet, Severity
from stsview.text.numbers import count


def composed_fleet(fleets: Sequence[Fleet]) -> Fleet:
    """All sets. Those of a cluster that is not current are among them, as they were read last."""
    sets = dict(fleets[0].sets)
    for fleet in fleets[1:]:
        sets.update(fleet.sets)
    return Fleet(sets, {severity: sum(fleet.counts[severity] for fleet in fleets) for severity in Severity})


def composed_scope(states: Sequence[ClusterState]) -> Scope:
    """The scope of all clusters: what they have in common, and nothing that is so in only some of them."""
    scopes = [state.scope for state in states]
    first = scopes[0]
    same = all((scope.namespaces, scope.limit) == (first.namespaces, first.limit) for scope in scopes)
    return Scope(
        context=count(len(scopes), "cluster"),
        namespaces=first.namespaces if same else (),
        limit=first.limit if same else DIFFERING,
        read_only=first.read_only if all(scope.read_only for scope in scopes) else "",
        own_clock=all(scope.own_clock for scope in scopes),
    )


def composed_health(states: Sequence[ClusterState]) -> PictureHealth:
    """The health of the whole picture; that of each cluster is in its own state.

    It is current as soon as one cluster is: the others must not hold it up. While none is, it is as bad as the worst of
    those that were read already.
    """
    healths = [state.health for state in states]
    links = {health.link for health in healths}
    if links & CURRENT:
        return PictureHealth(Link.LIVE if Link.LIVE in links else Link.POLLED, since=_oldest(healths))
    for link in (Link.DISCONNECTED, Link.SILENT):
        if link in links:
            of_link = [health for health in healths if health.link is link]
            return PictureHealth(link, since=_oldest(of_link), problem=of_link[0].problem)
    link = Link.LOADING if Link.LOADING in links else Link.CONNECTING
    remaining = [health.remaining for health in healths if health.link is Link.LOADING]
    known = [one for one in remaining if one is not None]
    return PictureHealth(
        link,
        loaded=sum(health.loaded for health in healths),
        remaining=sum(known) if remaining and len(known) == len(remaining) else None,
        problem="; ".join(f"{state.cluster}: {state.health.problem}" for state in states if state.health.problem),
    )


def _oldest(healths: Sequence[PictureHealth]) -> datetime | None:
    return min((health.since for health in healths if health.since is not None), default=None)
