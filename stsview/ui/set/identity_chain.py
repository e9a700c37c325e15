"""The identity of an ordinal: pod, DNS name, PVCs, volumes and node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from stsview.model.states import AttachmentStatus, ClassStatus, Health, LeaseStatus, NodeStatus, ResizeStage
from stsview.model.usage.set_usage import PodUsage
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import ClaimView, NodeView, OrdinalView, Place
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.ui.inspect.usage.usage_spans import claim_usage, pod_usage, trend_words
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.pod_state import pod_state
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.set.ordinal_cells import claim_kind, claim_size, claim_state, dns_state, usage_of

_BAD = (Health.WARNING, Health.DEGRADED)


_SKEWED = 600
"""Seconds after which the time of a lease that keeps being renewed must be by a wrong clock."""


class IdentityRow(msgspec.Struct, frozen=True):
    """A labelled part of the identity, in one or more lines."""

    label: str
    lines: tuple[Spans, ...]


def identity_rows(
    ordinal: OrdinalView, now: datetime, quoted: Sequence[str] = (), measured: MeasuredUsage | None = None
) -> Iterator[IdentityRow]:
    """The identity from pod to node, without the message of the pod's state where `quoted` has it already.

    In little space only the beginning of each first line is visible, so the state comes first, and uids are shortened:
    they can be copied in full.
    """
    usage = usage_of(measured, ordinal)
    yield _pod(ordinal, now, quoted, _pod_usage(usage, measured))
    yield _dns(ordinal)
    several = len(ordinal.all_claims) > 1
    for claim in ordinal.all_claims:
        more: list[Spans] = []
        if claim.drift:
            more.append(((f"differs in {'; '.join(claim.drift)}", Role.WARNING),))
        if claim.resize is not ResizeStage.COMPLETE:
            more.insert(0, ((claim.resize.value, Role.WARNING if claim.resize.failed else Role.PROGRESSING),))
        if claim in ordinal.ephemeral_claims:
            more.append((("ephemeral: deleted with the pod", Role.DIM),))
        yield IdentityRow("pvc", (_claim(claim), *more))
        if claim.volume or not several:
            first, *more_lines = _volume(claim)
            yield IdentityRow("volume", (first, *_claim_usage(claim, usage, measured, now), *more_lines))
    if not ordinal.all_claims:
        yield IdentityRow("pvc", ((("none", Role.DIM),),))
    yield _node(ordinal, now)


def _pod_usage(usage: PodUsage | None, measured: MeasuredUsage | None) -> tuple[Spans, ...]:
    if usage is None or measured is None or usage.measured is None:
        return ()
    of_cpu, of_memory = pod_usage(usage, measured)
    return ((("cpu ", Role.DIM), *of_cpu), (("memory ", Role.DIM), *of_memory))


def _claim_usage(
    claim: ClaimView, usage: PodUsage | None, measured: MeasuredUsage | None, now: datetime
) -> Iterator[Spans]:
    """How full the volume is, and when it is full."""
    found = next((one for one in usage.claims if one.claim == claim.name), None) if usage is not None else None
    if measured is None or usage is None:
        return
    if found is None:
        if usage.pod in measured.usage.unread:
            yield ((f"how full is unknown: {measured.usage.unread_why or 'its kubelet was not read'}", Role.DIM),)
        return
    yield claim_usage(found, measured)
    if (full_in := measured.full_in.get(claim.name)) is not None:
        yield ((trend_words(full_in, found, now), Role.TEXT),)


def _claim(claim: ClaimView) -> Spans:
    kind = claim_kind(claim)
    about: list[Spans] = [claim_size(claim), ((kind, Role.DIM),) if kind else ()]
    name: Spans = ((claim.name, Role.BRIGHT),)
    return join_spans([claim_state(claim), *about[:1], name, *about[1:]], ("  ", Role.DIM))


def _volume(claim: ClaimView) -> Iterator[Spans]:
    """Attachment, zones and name; reclaim policy and StorageClass; failures and what is unknown."""
    volume = claim.volume_state
    if claim.volume:
        parts: list[Spans] = []
        if volume.status and volume.health is not Health.READY:
            glyph, colour = sign(volume.health)
            parts.append(((f"{glyph} {volume.status.label}", colour),))
        if volume.health is Health.READY or volume.attachment_health in _BAD:
            parts.append(_attachment(claim))
        zones: Spans = ((f"zone {', '.join(volume.zones)}", Role.DIM),) if volume.status and volume.zones else ()
        name: Spans = ((_GENERATED.sub(_shortened, claim.volume), Role.TEXT),)
        yield join_spans([*parts, zones, name], ("  ", Role.DIM))
        reclaim: Spans = ((f"reclaim {volume.reclaim}", Role.DIM),) if volume.status and volume.reclaim else ()
        if line := join_spans([reclaim, _class_words(claim)], ("  ", Role.DIM)):
            yield line
    elif claim.class_state.health in _BAD:
        yield (("none yet  ", Role.DIM), *_class_words(claim))
    else:
        yield (("none yet", Role.DIM),)
    if not claim.volume and claim.class_state.health not in _BAD and (words := _class_words(claim)):
        yield words
    for detail in dict.fromkeys((volume.attachment_detail, volume.detail, claim.class_state.detail)):
        if detail:
            yield ((detail, Role.TEXT),)


_GENERATED = re.compile(r"(?<=^pvc-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""The uid in the name that a provisioner gives to a volume."""


def _shortened(uid: re.Match[str]) -> str:
    return short_uid(uid[0])


def short_uid(uid: str) -> str:
    """The first part of a uid, which tells two pods of one name apart."""
    head, more, _ = uid.partition("-")
    return f"{head}{active().ellipsis}" if more else uid


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
    zone: Spans = ((f"zone {node.zone}", Role.DIM),) if node.zone else ()
    line = join_spans([tuple(status), ((ordinal.node, Role.TEXT),), zone], ("  ", Role.DIM))
    lines: list[Spans] = [line]
    if lease:
        lines.append(((lease, Role.TEXT),))
    # The lease shows better than the detail that the kubelet is unreachable.
    if node.detail and not (lease and node.status is NodeStatus.UNREACHABLE and not node.out_of_service):
        lines.append(((node.detail, Role.DIM),))
    return IdentityRow("node", tuple(lines))


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


def _pod(ordinal: OrdinalView, now: datetime, quoted: Sequence[str], usage: tuple[Spans, ...] = ()) -> IdentityRow:
    """State, IP, role and uid; the name is in the title of the panel."""
    facts: list[Spans] = [((text, Role.TEXT),) for text in (ordinal.pod_ip, ordinal.role) if text]
    if ordinal.uid:
        facts.append(((f"uid {short_uid(ordinal.uid)}", Role.DIM),))
    lines = [join_spans([pod_state(ordinal, now), *facts], ("  ", Role.DIM))]
    detail = ordinal.state.detail
    if detail and not any(detail in text for text in quoted):
        lines.append(((detail, Role.TEXT),))
    return IdentityRow("pod", (*lines, *usage))


def _dns(ordinal: OrdinalView) -> IdentityRow:
    record = ordinal.dns
    status: Spans = dns_state(ordinal) if record.status else ()
    detail: Spans = ((f" {active().separator} {record.detail}", Role.DIM),) if record.detail else ()
    if not record.name:
        return IdentityRow("dns", ((*status, *detail) or (("no name", Role.DIM),),))
    name: Spans = ((record.name, Role.BRIGHT),)
    if not status:
        return IdentityRow("dns", (name, detail) if detail else (name,))
    # The glyph stands before the name, where the lines of the words may be missing.
    (glyph, colour), *words = _glyph_and_words(status)
    return IdentityRow("dns", (((f"{glyph} ", colour), *name), (*words, *detail)))


def _glyph_and_words(status: Spans) -> list[Span]:
    """A status such as `✔ published` with its glyph apart."""
    text, role = "".join(text for text, _ in status), status[0][1]
    glyph, _, words = text.partition(" ")
    return [(glyph, role), (words, role)]


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
