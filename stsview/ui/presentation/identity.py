"""What makes an ordinal itself: the chain from its pod to its node, each link with its state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stsview.model.views import OrdinalView, Place
from stsview.ui.glyphs import active
from stsview.ui.presentation.set_cells import claim_kind, claim_size, claim_state, dns_state, state
from stsview.ui.roles import Role, Span, Spans


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One link of the chain: a line or two of it."""

    label: str
    lines: tuple[Spans, ...]


def chain(ordinal: OrdinalView, now: datetime) -> Iterator[ChainLink]:
    yield _pod(ordinal, now)
    yield _dns(ordinal)
    several = len(ordinal.claims) > 1
    for claim in ordinal.claims:
        parts: list[Span] = [(claim.name, Role.BRIGHT)]
        if amount := claim_size(claim):
            parts += [("  ", Role.DIM), *amount]
        if kind := claim_kind(claim):
            parts.append((f"  {kind}", Role.DIM))
        yield ChainLink("claim", ((*parts, ("  ", Role.DIM), *claim_state(claim)),))
        if claim.volume or not several:
            volume: Spans = ((claim.volume, Role.TEXT),) if claim.volume else (("none yet", Role.DIM),)
            yield ChainLink("volume", (volume,))
    if not ordinal.claims:
        yield ChainLink("claim", ((("none", Role.DIM),),))
    yield ChainLink("node", (((ordinal.node, Role.TEXT) if ordinal.node else ("none", Role.DIM),),))


def _pod(ordinal: OrdinalView, now: datetime) -> ChainLink:
    name: list[Span] = [(ordinal.name, Role.STRONG), ("  ", Role.DIM), *state(ordinal, now)]
    about: list[str] = []
    if ordinal.state.detail:
        about.append(ordinal.state.detail)
    lines = [tuple(name)]
    if about:
        lines.append(((about[0], Role.TEXT),))
    facts = []
    if ordinal.uid:
        facts.append(f"uid {ordinal.uid}")
    if ordinal.pod_ip:
        facts.append(ordinal.pod_ip)
    if ordinal.role:
        facts.append(ordinal.role)
    if facts:
        lines.append((("  ".join(facts), Role.DIM),))
    return ChainLink("pod", tuple(lines))


def _dns(ordinal: OrdinalView) -> ChainLink:
    record = ordinal.dns
    status: list[Span] = list(dns_state(ordinal)) if record.word else []
    if record.detail:
        status.append((f" {active().separator} {record.detail}", Role.DIM))
    if not record.name:
        return ChainLink("dns", (tuple(status) or (("no name", Role.DIM),),))
    name: Spans = ((record.name, Role.BRIGHT),)
    return ChainLink("dns", (name, tuple(status)) if status else (name,))


def place_words(ordinal: OrdinalView) -> str:
    """What is to be said of a pod that has no place in the set."""
    match ordinal.place:
        case Place.CONDEMNED:
            return "outside the set's ordinals: about to be scaled away"
        case Place.ORPHANED:
            return "matches the set's selector and name, but nobody owns it"
        case Place.FOREIGN:
            return "belongs to somebody else, and has the name of one of the set's ordinals"
        case Place.EXPECTED:
            return ""
