"""The rows of an ordinal in the set table: one, or one per PVC template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from stsview.model.names import short_revision
from stsview.model.states import Health, VolumeStatus
from stsview.model.usage.set_usage import PodUsage
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import ClaimView, OrdinalView, Place, SetView, VolumeView
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.text.terminal_text import spans_width
from stsview.ui.inspect.usage.usage_spans import cpu, fullness, memory
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import size
from stsview.ui.kit.look.pod_state import pod_state
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Align, Column
from stsview.ui.kit.table.arrangement import arranged

DNS_NAMES_FROM = 118
"""Minimum width of the table to show DNS names, rather than only whether they are published."""

FULL_FROM = 150
"""Likewise for how full volumes are; `U` shows usage in any width."""

USAGE_FROM = 175
"""Likewise for CPU and memory."""

ZONES_FROM = 140
"""Likewise for the zones of nodes, and for volumes without problems."""

ALL_COLUMNS = (
    Column("ordinal", "ORD", min_width=3, align=Align.RIGHT, priority=200, sortable=True, shortcut="O"),
    Column("state", "STATE", min_width=18, max_width=44, priority=190, sortable=True, shortcut="S"),
    Column("role", "ROLE", max_width=14, priority=90, sortable=True, shortcut="L"),
    Column("revision", "REV", max_width=16, priority=100, sortable=True, shortcut="R"),
    Column("node", "NODE", min_width=6, max_width=40, priority=80, sortable=True, shortcut="E"),
    Column("node_zone", "NODE · ZONE", min_width=13, max_width=48, priority=80, sortable=True, shortcut="E"),
    Column("restarts", "RST", align=Align.RIGHT, priority=60, sortable=True, shortcut="T"),
    Column("claim", "PVC", min_width=12, max_width=32, priority=120, sortable=True, shortcut="V"),
    Column("size", "SIZE", max_width=18, priority=40, sortable=True, shortcut="Z"),
    Column("volume", "VOLUME", min_width=10, max_width=20, priority=45),
    Column("full", "FULL", min_width=4, align=Align.RIGHT, priority=55),
    Column("cpu", "CPU", min_width=5, align=Align.RIGHT, priority=38),
    Column("memory", "MEM", min_width=5, align=Align.RIGHT, priority=39),
    Column("dns", "DNS", max_width=20, priority=110),
    Column("dns_name", "DNS NAME", min_width=24, weight=1, priority=110),
    Column("since", "SINCE", priority=50, sortable=True, shortcut="I"),
)

_SURPLUS_STATE = 26
"""Cells of `✖ Not Ready  surplus  next`: the pod that a scale-down waits for is known in little space as well."""

_WORDS_BEFORE_NAME = 14
"""Cells of `✖ not ready  `, reserved after the longest name, so that nothing moves when a name is withdrawn."""

_LONGEST_NAME = 253
"""Longest DNS name (RFC 1035, as Kubernetes validates it)."""

_ACCESS_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}

NO_CELL: Spans = ()


class RowKey(NamedTuple):
    """The identity of a row; a replacement pod of the same name keeps the row."""

    name: str
    foreign: bool
    """Whether it is a pod with another owner, which may have the name of an ordinal."""
    line: int
    """0 for the ordinal itself, 1 and above for its further PVCs."""


COLUMN_NAMES = {"claim": "pvc", "node": "node", "node_zone": "node", "dns": "dns", "dns_name": "dns"}
"""Names of columns in the configuration, where they differ from the id."""

_OF_USAGE = frozenset({"full", "cpu", "memory"})


def columns(
    view: SetView, width: int, measured: MeasuredUsage | None = None, chosen: Sequence[str] = ()
) -> tuple[Column, ...]:
    """The columns that are useful for this set in a table of `width` cells, arranged as `chosen`.

    Those of usage only where there is room or they are chosen, and something was measured.
    """
    picked = not _OF_USAGE.isdisjoint(chosen)
    pods = measured.usage.pods if measured is not None and (width >= FULL_FROM or picked) else ()
    absent = {"dns"} if width >= DNS_NAMES_FROM else {"dns_name"}
    absent.add("node" if width >= ZONES_FROM else "node_zone")
    if not any(pod.measured for pod in pods) or not (width >= USAGE_FROM or picked):
        absent |= {"cpu", "memory"}
    if not any(pod.claims for pod in pods):
        absent.add("full")
    if not any(ordinal.role for ordinal in view.ordinals):
        absent.add("role")
    volumes = [claim.volume_state for ordinal in view.ordinals for claim in ordinal.all_claims]
    # In little space, healthy volumes would crowd out the states of unhealthy pods.
    roomy = width >= ZONES_FROM or "volume" in chosen
    if not any(volume.attachment and (roomy or _has_problem(volume)) for volume in volumes):
        absent.add("volume")
    surplus = any(ordinal.next and ordinal.place is not Place.EXPECTED for ordinal in view.ordinals)
    longest = max((spans_width(((o.dns.name, Role.TEXT),), _LONGEST_NAME) for o in view.ordinals), default=0)
    changed = {"dns_name": partial(replace, max_width=longest + _WORDS_BEFORE_NAME)}
    if surplus:
        changed["state"] = partial(replace, min_width=_SURPLUS_STATE)
    shown = [changed.get(column.id, replace)(column) for column in ALL_COLUMNS if column.id not in absent]
    return arranged(shown, chosen, COLUMN_NAMES)


def _has_problem(volume: VolumeView) -> bool:
    return not {volume.health, volume.attachment_health} <= {Health.READY, Health.NEUTRAL, Health.UNKNOWN}


def row_keys(ordinals: Iterable[OrdinalView]) -> Iterator[tuple[RowKey, OrdinalView]]:
    """The keys of the rows of these ordinals, each once, with their ordinals."""
    seen: set[tuple[str, bool]] = set()
    for ordinal in ordinals:
        foreign = ordinal.place is Place.FOREIGN
        if (ordinal.name, foreign) in seen:
            continue
        seen.add((ordinal.name, foreign))
        for line in range(max(1, len(ordinal.all_claims))):
            yield RowKey(ordinal.name, foreign, line), ordinal


def ordinal_row(
    view: SetView,
    ordinal: OrdinalView,
    line: int,
    now: datetime,
    shown: Sequence[Column],
    measured: MeasuredUsage | None = None,
    *,
    chosen: bool = False,
) -> tuple[Spans, ...]:
    """The cells of the columns `shown`; in lines above 0 only those of their PVC.

    `chosen`: whether the operator marked the ordinal.
    """
    claim = ordinal.all_claims[line] if line < len(ordinal.all_claims) else None
    cells = {"claim": _claim(claim, ordinal.name), "size": _size(claim), "volume": attachment(claim)}
    usage = usage_of(measured, ordinal)
    cells["full"] = _full(claim, usage, measured, now)
    if line == 0:
        cells |= {
            "cpu": cpu(usage, now) if usage is not None else _nothing(),
            "memory": memory(usage, measured.usage, now) if usage is not None and measured is not None else _nothing(),
            "ordinal": (
                *(((f"{active().check} ", Role.ACCENT),) if chosen else ()),
                (str(ordinal.ordinal), Role.STRONG if ordinal.place is Place.EXPECTED else Role.DIM),
            ),
            "state": pod_state(ordinal, now),
            "role": ((ordinal.role, Role.TEXT),),
            "revision": revision(view, ordinal),
            "node": node_state(ordinal),
            "node_zone": (*node_state(ordinal), *_zone(ordinal)),
            "restarts": _restarts(ordinal),
            "dns": dns_state(ordinal) if ordinal.dns.status else _nothing(),
            "dns_name": dns_name(ordinal),
            "since": ((age(ordinal.state.since, now), Role.DIM),) if ordinal.state.since else _nothing(),
        }
    return tuple(cells.get(column.id, NO_CELL) for column in shown)


def usage_of(measured: MeasuredUsage | None, ordinal: OrdinalView) -> PodUsage | None:
    """What was measured of the pod, and of the PVCs of an ordinal whose pod is not measured yet."""
    if measured is None or not ordinal.owned:
        return None
    found = next((pod for pod in measured.usage.pods if pod.pod == ordinal.name), None)
    if found is None or found.uid == ordinal.uid:
        return found
    return PodUsage(found.pod, found.ordinal, "", claims=found.claims)


def _full(claim: ClaimView | None, usage: PodUsage | None, measured: MeasuredUsage | None, now: datetime) -> Spans:
    if claim is None or usage is None or measured is None:
        return _nothing()
    found = next((one for one in usage.claims if one.claim == claim.name), None)
    return fullness(found, measured.usage, now) if found is not None else _nothing()


def revision(view: SetView, ordinal: OrdinalView) -> Spans:
    if not ordinal.revision:
        return _nothing()
    return ((short_revision(ordinal.revision, view.name), Role.BRIGHT if ordinal.at_update else Role.DIM),)


def _restarts(ordinal: OrdinalView) -> Spans:
    if ordinal.uid is None:
        return _nothing()
    return ((number(ordinal.restarts), Role.WARNING if ordinal.restarts else Role.DIM),)


def claim_state(claim: ClaimView) -> Spans:
    if claim.health is Health.READY:
        return ((f"{active().check} {claim.status.label}", Role.READY),)
    glyph, colour = sign(claim.health)
    return ((f"{glyph} {claim.status.label}", colour),)


def _claim(claim: ClaimView | None, pod: str) -> Spans:
    """The state of a PVC; of the name only what does not follow from that of the pod."""
    if claim is None:
        return _nothing()
    name = claim.template or claim.name.removeprefix(f"{pod}-")
    drifts: Spans = ((f" {sign(Health.WARNING)[0]} drift", Role.WARNING),) if claim.drift else ()
    return ((f"{name} ", Role.TEXT), *claim_state(claim), *drifts)


def _size(claim: ClaimView | None) -> Spans:
    return claim_size(claim) or _nothing() if claim is not None else _nothing()


def claim_size(claim: ClaimView) -> Spans:
    """The size of a PVC and, while it is resized, the requested size.

    Of a missing PVC the size it would request.
    """
    has = size(claim.size)
    if claim.requested is None or claim.requested == claim.size or claim.size is None:
        return has
    glyphs = active()
    return (*has, (f" {glyphs.crumb} ", Role.PROGRESSING), *size(claim.requested))


def claim_kind(claim: ClaimView) -> str:
    """`fast-ssd  RWO`: StorageClass and abbreviated access modes."""
    modes = ",".join(_ACCESS_MODES.get(mode, mode) for mode in claim.access_modes)
    return "  ".join(part for part in (claim.storage_class or "", modes) if part)


def dns_state(ordinal: OrdinalView) -> Spans:
    record = ordinal.dns
    if record.health is Health.READY:
        return ((f"{active().check} {record.status.label}", Role.READY),)
    glyph, colour = sign(record.health)
    return ((f"{glyph} ", colour), (record.status.label, colour))


def dns_name(ordinal: OrdinalView) -> Spans:
    """The DNS name; if it is not published, the reason comes first."""
    record = ordinal.dns
    if not record.name and not record.status:
        return _nothing()
    if record.health is Health.READY and record.name:
        return ((f"{active().check} ", Role.READY), (record.name, Role.TEXT))
    spans = list(dns_state(ordinal))
    if record.name:
        spans.append((f"  {record.name}", Role.DIM))
    return tuple(spans)


def node_state(ordinal: OrdinalView) -> Spans:
    """The node, with its state if it has a problem or is unknown."""
    if not ordinal.node:
        return _nothing()
    node = ordinal.node_state
    if node.health in (Health.WARNING, Health.DEGRADED):
        glyph, colour = sign(node.health)
        return ((f"{glyph} ", colour), (ordinal.node, Role.WARNING), (f" {node.status.label}", colour))
    if node.health is Health.UNKNOWN:
        glyph, colour = sign(Health.UNKNOWN)
        return ((f"{glyph} ", colour), (ordinal.node, Role.TEXT))
    return ((ordinal.node, Role.TEXT),)


def _zone(ordinal: OrdinalView) -> Spans:
    zone = ordinal.node_state.zone
    return ((f" {active().separator} ", Role.DIM), (zone, Role.DIM)) if zone else ()


def attachment(claim: ClaimView | None) -> Spans:
    """The attachment of the volume of a PVC."""
    if claim is None or not claim.volume_state.attachment:
        return _nothing()
    volume = claim.volume_state
    if volume.status in (VolumeStatus.MISSING, VolumeStatus.RELEASED, VolumeStatus.FAILED):
        glyph, colour = sign(volume.health)
        return ((f"{glyph} {volume.status.label}", colour),)
    if volume.attachment_health is Health.READY:
        return ((f"{active().check} ", Role.READY), (volume.attachment.label, Role.TEXT))
    if volume.attachment_health is Health.NEUTRAL:
        return ((volume.attachment.label, Role.DIM),)
    glyph, colour = sign(volume.attachment_health)
    return ((f"{glyph} {volume.attachment.label}", colour),)


def _nothing() -> Spans:
    return ((active().nothing, Role.DIM),)
