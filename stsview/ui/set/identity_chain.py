"""The identity of an ordinal: pod, DNS name, PVCs, volumes and node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stsview.model.states import AttachmentStatus, ClassStatus, Health, LeaseStatus, NodeStatus
from stsview.model.views import ClaimView, NodeView, OrdinalView, Place, VolumeView
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.pod_state import pod_state
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.set.ordinal_cells import claim_kind, claim_size, claim_state, dns_state

_BAD = (Health.WARNING, Health.DEGRADED)


_SKEWED = 600
"""Seconds after which the time of a lease that keeps being renewed must be by a wrong clock."""


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A labelled part of the identity, in one or more lines."""

    label: str
    lines: tuple[Spans, ...]


def identity_rows(ordinal: OrdinalView, now: datetime) -> Iterator[IdentityRow]:
    """The identity from pod to node.

    In little space only the beginning of each first line is visible, so problems come first.
    """
    yield _pod(ordinal, now)
    yield _dns(ordinal)
    several = len(ordinal.claims) > 1
    for claim in ordinal.claims:
        differs: Spans = ((f"differs in {'; '.join(claim.drift)}", Role.WARNING),)
        yield IdentityRow("pvc", (_claim(claim), differs) if claim.drift else (_claim(claim),))
        if claim.volume or not several:
            yield IdentityRow("volume", tuple(_volume(claim)))
    if not ordinal.claims:
        yield IdentityRow("pvc", ((("none", Role.DIM),),))
    yield _node(ordinal, now)


def _claim(claim: ClaimView) -> Spans:
    about: list[Spans] = [amount] if (amount := claim_size(claim)) else []
    if kind := claim_kind(claim):
        about.append(((kind, Role.DIM),))
    parts = [claim_state(claim), *about] if claim.health in _BAD else [*about, claim_state(claim)]
    return join_spans([((claim.name, Role.BRIGHT),), *parts], ("  ", Role.DIM))


def _volume(claim: ClaimView) -> Iterator[Spans]:
    """Name; attachment, zones and reclaim policy; StorageClass.

    Failures and what is unknown.
    """
    volume = claim.volume_state
    if claim.volume:
        parts: list[Spans] = []
        if volume.status and volume.health is not Health.READY:
            glyph, colour = sign(volume.health)
            parts.append(((f"{glyph} {volume.status.label}", colour),))
        bad_attachment = volume.attachment_health in _BAD
        if bad_attachment:
            parts.append(_attachment(claim))
        name: Spans = ((claim.volume, Role.TEXT),)
        bad = bad_attachment or volume.health in _BAD
        yield join_spans([*parts, name] if bad else [name, *parts], ("  ", Role.DIM))
        if line := _about(volume, () if bad_attachment else _attachment(claim)):
            yield line
    elif claim.class_state.health in _BAD:
        yield (("none yet  ", Role.DIM), *_class_words(claim))
    else:
        yield (("none yet", Role.DIM),)
    if (claim.volume or claim.class_state.health not in _BAD) and (words := _class_words(claim)):
        yield words
    for detail in dict.fromkeys((volume.attachment_detail, volume.detail, claim.class_state.detail)):
        if detail:
            yield ((detail, Role.TEXT),)


def _about(volume: VolumeView, attachment: Spans) -> Spans:
    if not volume.status:
        return ()
    parts = [attachment] if attachment else []
    if volume.zones:
        parts.append(((f"zone {', '.join(volume.zones)}", Role.DIM),))
    if volume.reclaim:
        parts.append(((f"reclaim {volume.reclaim}", Role.DIM),))
    return join_spans(parts, ("  ", Role.DIM))


def _attachment(claim: ClaimView) -> Spans:
    volume = claim.volume_state
    glyph, colour = sign(volume.attachment_health)
    if volume.attachment_health is Health.READY:
        glyph = active().check
    to = f" to {volume.attached_to}" if volume.attached_to and volume.attachment is AttachmentStatus.ATTACHED else ""
    at = f" {active().separator} {volume.attached_to}" if volume.attached_to and not to else ""
    return ((f"{glyph} {volume.attachment.label}", colour), (to or at, colour))


def _class_words(claim: ClaimView) -> Spans:
    storage_class = claim.class_state
    glyph, colour = sign(storage_class.health)
    match storage_class.status:
        case ClassStatus.NOT_NEEDED:
            return ()
        case ClassStatus.NONE:
            return (("no StorageClass", Role.DIM),)
        case ClassStatus.NO_DEFAULT:
            return ((f"{glyph} no default StorageClass", colour),)
        case ClassStatus.MISSING | ClassStatus.UNKNOWN:
            return (
                (f"class {storage_class.name} " if storage_class.name else "default class ", Role.DIM),
                (f"{glyph} {storage_class.status.label}", colour),
            )
    parts = (
        f"class {storage_class.name}{' (default)' if storage_class.default else ''}",
        "expandable" if storage_class.expandable else "not expandable",
        storage_class.binding,
        storage_class.provisioner if storage_class.provisions else "no provisioner",
    )
    return ((f" {active().separator} ".join(part for part in parts if part), Role.DIM),)


def _node(ordinal: OrdinalView, now: datetime) -> IdentityRow:
    node = ordinal.node_state
    if not ordinal.node:
        return IdentityRow("node", ((("none", Role.DIM),),))
    status: list[Span] = []
    if node.status:
        glyph, colour = sign(node.health)
        status.append((f"{active().check if node.health is Health.READY else glyph} {node.status.label}", colour))
        if not node.well and (lasting := age(node.since, now)):
            status.append((f" {lasting}", Role.DIM))
    lease = _lease(node, now)
    for words, role in ((lease, Role.TEXT),) if lease else ((node.detail, Role.DIM),):
        if words:
            status.append((f" {active().separator} {words}", role))
    parts: list[Spans] = [tuple(status)] if status else []
    if node.zone:
        parts.insert(len(parts) if node.health in _BAD else 0, ((f"zone {node.zone}", Role.DIM),))
    line = join_spans([((ordinal.node, Role.TEXT),), *parts], ("  ", Role.DIM))
    # The lease shows better than the detail that the kubelet is unreachable.
    show_detail = lease and node.detail and (node.status is not NodeStatus.UNREACHABLE or node.out_of_service)
    return IdentityRow("node", (line, ((node.detail, Role.DIM),)) if show_detail else (line,))


def _lease(node: NodeView, now: datetime) -> str:
    """The lease of a suspect node, which says more than its conditions, and earlier."""
    match node.lease:
        case LeaseStatus.RENEWED if (
            node.lease_renewed is not None and (now - node.lease_renewed).total_seconds() > _SKEWED
        ):
            return "lease renewed, but the node's clock is wrong"
        case LeaseStatus.RENEWED:
            return f"lease renewed {age(node.lease_renewed, now)} ago"
        case LeaseStatus.STALE:
            return f"lease last renewed {age(node.lease_renewed, now)} ago"
        case LeaseStatus.NONE:
            return "no lease"
        case LeaseStatus.UNKNOWN:
            return f"lease unknown: {node.lease_detail}"
    return ""


def _pod(ordinal: OrdinalView, now: datetime) -> IdentityRow:
    name: list[Span] = [(ordinal.name, Role.STRONG), ("  ", Role.DIM), *pod_state(ordinal, now)]
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
    return IdentityRow("pod", tuple(lines))


def _dns(ordinal: OrdinalView) -> IdentityRow:
    record = ordinal.dns
    status: list[Span] = list(dns_state(ordinal)) if record.status else []
    if record.detail:
        status.append((f" {active().separator} {record.detail}", Role.DIM))
    if not record.name:
        return IdentityRow("dns", (tuple(status) or (("no name", Role.DIM),),))
    name: Spans = ((record.name, Role.BRIGHT),)
    return IdentityRow("dns", (name, tuple(status)) if status else (name,))


def placement_note(ordinal: OrdinalView) -> str:
    """A note on a pod that does not belong to the expected ordinals; empty if it does."""
    match ordinal.place:
        case Place.SURPLUS:
            return "surplus: beyond the replica count, to be removed by the scale-down"
        case Place.ORPHANED:
            return "orphaned: matches the set's selector and name, but has no owner"
        case Place.FOREIGN:
            return "foreign: has another owner, and the name of one of the set's ordinals"
        case Place.EXPECTED:
            return ""
