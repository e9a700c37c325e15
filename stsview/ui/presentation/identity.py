"""What makes an ordinal itself: the chain from its pod to its node, each link with its state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stsview.model.views import ClaimView, OrdinalView, Place, Tone
from stsview.ui.ages import age
from stsview.ui.glyphs import active
from stsview.ui.presentation.set_cells import claim_kind, claim_size, claim_state, dns_state, state
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.tones import sign


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
        first: Spans = (*parts, ("  ", Role.DIM), *claim_state(claim))
        differs: Spans = ((f"differs in {'; '.join(claim.drift)}", Role.WARNING),)
        yield ChainLink("claim", (first, differs) if claim.drift else (first,))
        if claim.volume or not several:
            yield ChainLink("volume", tuple(_volume(claim)))
    if not ordinal.claims:
        yield ChainLink("claim", ((("none", Role.DIM),),))
    yield _node(ordinal, now)


def _volume(claim: ClaimView) -> Iterator[Spans]:
    """Its name; where it is attached, its zone and what becomes of it; its class; what failed or is unknown."""
    volume = claim.volume_state
    if not claim.volume:
        yield (("none yet", Role.DIM),)
    else:
        name: list[Span] = [(claim.volume, Role.TEXT)]
        if volume.word and volume.tone is not Tone.READY:
            glyph, colour = sign(volume.tone)
            name.append((f"  {glyph} {volume.word}", colour))
        yield tuple(name)
        if volume.word:
            line = list(_attachment(claim))
            if volume.zones:
                line.append((f"  zone {', '.join(volume.zones)}", Role.DIM))
            if volume.reclaim:
                line.append((f"  reclaim {volume.reclaim}", Role.DIM))
            yield tuple(line)
    if words := _class_words(claim):
        yield words
    for detail in dict.fromkeys((volume.attachment_detail, volume.detail, claim.class_state.detail)):
        if detail:
            yield ((detail, Role.TEXT),)


def _attachment(claim: ClaimView) -> Spans:
    volume = claim.volume_state
    glyph, colour = sign(volume.attachment_tone)
    if volume.attachment_tone is Tone.READY:
        glyph = active().check
    to = f" to {volume.attached_to}" if volume.attached_to and volume.attachment == "attached" else ""
    at = f" {active().separator} {volume.attached_to}" if volume.attached_to and not to else ""
    return ((f"{glyph} {volume.attachment}", colour), (to or at, colour))


def _class_words(claim: ClaimView) -> Spans:
    held = claim.class_state
    if not held.word or claim.storage_class is None:
        return ()
    if held.word != "known":
        glyph, colour = sign(held.tone)
        return ((f"class {claim.storage_class} ", Role.DIM), (f"{glyph} {held.word}", colour))
    parts = (
        f"class {claim.storage_class}",
        "may grow" if held.expandable else "cannot grow",
        held.binding,
        held.provisioner if held.provisions else "nothing provisions it",
    )
    return ((f" {active().separator} ".join(part for part in parts if part), Role.DIM),)


def _node(ordinal: OrdinalView, now: datetime) -> ChainLink:
    node = ordinal.node_state
    if not ordinal.node:
        return ChainLink("node", ((("none", Role.DIM),),))
    line: list[Span] = [(ordinal.node, Role.TEXT)]
    if node.zone:
        line.append((f"  zone {node.zone}", Role.DIM))
    if node.word:
        glyph, colour = sign(node.tone)
        line.append((f"  {active().check if node.tone is Tone.READY else glyph} {node.word}", colour))
        if not node.well and (lasting := age(node.since, now)):
            line.append((f" {lasting}", Role.DIM))
    if node.detail:
        line.append((f" {active().separator} {node.detail}", Role.DIM))
    return ChainLink("node", (tuple(line),))


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
