"""Volumes that are full, or will be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Growth, Level, Reaches, Remedy
from stsview.model.names import claim_name, counted, listed
from stsview.model.timing.durations import short
from stsview.model.timing.moment import later
from stsview.model.usage.usage_history import FullIn
from stsview.objects.quantity import format_bytes, parse_bytes
from stsview.text.usage_words import percent, size
from stsview.triage.rule import Rule, Situation, kubectl, rule
from stsview.triage.support.ordinal_claims import claim_ref
from stsview.triage.support.usage import Age, MeasuredClaim, measured_at, measured_claims, within

_KIND = "PersistentVolumeClaim"

_SOURCE = (
    "kubernetes-monitoring/kubernetes-mixin, KubePersistentVolumeFillingUp; "
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"
)

_NOTHING_LEFT = 1000
"""A volume is full when less than one part in so many is left."""

_LEAST_SPAN = 600
"""Seconds of measurements that a trend needs to be a finding by itself: a compaction or a copy takes less."""

_FAR = 12
"""How many times as far ahead as it looks back a trend is mentioned."""

_SAMPLE = 3

_GI = 1024**3


@rule(
    level=Level.ERROR,
    title="Volume is full",
    meaning="Nothing more can be written to the volume: no bytes are left, or no inodes. Most databases and queues "
    "stop, and crash at each start until there is room.",
    remedy="Make room, or grow the PVC if its StorageClass can expand volumes. Files of a database are never to be "
    "deleted by hand.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
    needs=Situation.MEASURED,
)
def volume_full(case: RuleInput) -> Iterator[Finding]:
    for group in _by_age(one for one in measured_claims(case) if _no_room(one)):
        was = "was" if group[0].age is Age.OLD else "is"
        about = f"{_about(group)} {was}" if len(group) == 1 else f"{_about(group)} {'were' if was == 'was' else 'are'}"
        what = "out of inodes" if all(not _no_bytes(one) for one in group) else "full"
        yield volume_full.finding(
            claim_ref(case, group[0].name, group[0].claim.metadata.uid),
            f"{about} {what}{_when(group)}",
            _since(case, "full", group),
            [one for each in group[:_SAMPLE] for one in _evidence(each, inodes=not _no_bytes(each))],
            _remedies(case, group),
            ordinals=_ordinals(group),
            so="nothing more can be written to it",
            certainty=_certainty(group),
            level=_level(group, Level.ERROR),
        )


@rule(
    level=Level.WARNING,
    title="Volume is nearly full",
    meaning="More of the volume is used than `thresholds.volume_full` of the configuration allows (85 % unless set). "
    "Known only while usage is measured: on the screen of the set, by `stsview check --usage`, and in small clusters "
    "all the time.",
    remedy="Find out what fills it. Grow the PVC if its StorageClass can expand volumes, before the volume is full.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
    needs=Situation.MEASURED,
)
def volume_nearly_full(case: RuleInput) -> Iterator[Finding]:
    limit = case.facts.settings.usage.volume
    for group in _by_age(_fullest(one for one in measured_claims(case) if not _no_room(one) and _full(one) >= limit)):
        shares = sorted(_full(one) for one in group)
        low, high = percent(shares[0]), percent(shares[-1])
        was = ("was", "were") if group[0].age is Age.OLD else ("is", "are")
        how = f"{was[len(group) > 1]} {high if low == high else f'{low} to {high}'} full"
        soonest, trend = _soonest(case, group)
        yield volume_nearly_full.finding(
            claim_ref(case, group[0].name, group[0].claim.metadata.uid),
            f"{_about(group)} {how}{f', {trend}' if trend else _when(group)}",
            _since(case, "nearly-full", group),
            [one for each in group[:_SAMPLE] for one in _evidence(each)],
            _remedies(case, group),
            ordinals=_ordinals(group),
            so=_rate(soonest.full_in) if soonest is not None else "",
            until=_full_at(soonest.measured, soonest.full_in) if soonest is not None else None,
            certainty=_certainty(group),
            level=_level(group, Level.WARNING),
        )


@rule(
    level=Level.WARNING,
    title="Volume is nearly out of inodes",
    meaning="The file system has a fixed number of inodes, one for each file, and nearly all are in use. Without a "
    "free inode no file can be created, whatever bytes are left.",
    remedy="Delete or join small files. A volume that grows gets more inodes on most file systems.",
    danger=Danger.REVERSIBLE,
    source="kubernetes-monitoring/kubernetes-mixin, KubePersistentVolumeInodesFillingUp",
    needs=Situation.MEASURED,
)
def inodes_nearly_full(case: RuleInput) -> Iterator[Finding]:
    limit = case.facts.settings.usage.volume
    few = (one for one in measured_claims(case) if not _no_room(one) and (one.usage.inode_fullness or 0) >= limit)
    for group in _by_age(few):
        shares = sorted(one.usage.inode_fullness or 0 for one in group)
        low, high = percent(shares[0]), percent(shares[-1])
        was = "had" if group[0].age is Age.OLD else "has" if len(group) == 1 else "have"
        soonest = min(
            (one for one in group if one.inodes_full_in is not None and one.inodes_full_in.steady),
            key=lambda one: one.inodes_full_in.seconds if one.inodes_full_in else 0,
            default=None,
        )
        full_in = soonest.inodes_full_in if soonest is not None else None
        trend = within(case, soonest.measured, full_in) if soonest is not None and full_in is not None else ""
        yield inodes_nearly_full.finding(
            claim_ref(case, group[0].name, group[0].claim.metadata.uid),
            f"{_about(group)} {was} {high if low == high else f'{low} to {high}'} of the inodes in use"
            f"{f', {trend}' if trend else _when(group)}",
            _since(case, "inodes", group),
            [one for each in group[:_SAMPLE] for one in _evidence(each, inodes=True)],
            _remedies(case, group),
            ordinals=_ordinals(group),
            so=_rate(full_in),
            until=_full_at(soonest.measured, full_in) if soonest is not None else None,
            certainty=_certainty(group),
            level=_level(group, Level.WARNING),
        )


@rule(
    level=Level.WARNING,
    title="Volume fills up",
    meaning="The volume has room left, and at the rate of the last hour it is full soon. It is less sure, and a "
    "notice, where usage grew for less than a quarter of the time that is left.",
    remedy="Find out what fills it, and whether it stops by itself. Grow the PVC if it does not.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
    needs=Situation.MEASURED,
)
def volume_filling(case: RuleInput) -> Iterator[Finding]:
    limit = case.facts.settings.usage.volume
    for one in measured_claims(case):
        full_in = one.full_in
        if full_in is None or not full_in.steady or _full(one) >= limit or full_in.span < _LEAST_SPAN:
            continue
        if full_in.seconds > full_in.span * _FAR or not (trend := within(case, one.measured, full_in)):
            continue
        yield volume_filling.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{_about([one])} fills up: {percent(one.usage.fullness)} full, {trend}",
            _since(case, "filling", [one]),
            _evidence(one),
            _remedies(case, [one]),
            ordinals=_ordinals([one]),
            so=_rate(full_in),
            until=_full_at(one.measured, full_in),
            certainty=Certainty.LIKELY,
            level=Level.WARNING if full_in.sure else Level.NOTICE,
        )


def _no_bytes(one: MeasuredClaim) -> bool:
    usage = one.usage
    if not usage.capacity or usage.available is None:
        return False
    return usage.available * _NOTHING_LEFT < usage.capacity


def _no_room(one: MeasuredClaim) -> bool:
    return _no_bytes(one) or one.usage.inodes_free == 0


def _full(one: MeasuredClaim) -> float:
    """Zero where it is not known."""
    return one.usage.fullness or 0.0


def _fullest(claims: Iterable[MeasuredClaim]) -> list[MeasuredClaim]:
    return sorted(claims, key=_full, reverse=True)


def _by_age(claims: Iterable[MeasuredClaim]) -> Iterator[Sequence[MeasuredClaim]]:
    """Those that are current together, and those that were measured some time ago."""
    found = list(claims)
    for age in Age:
        if group := [one for one in found if one.age is age]:
            yield group


def _about(group: Sequence[MeasuredClaim]) -> str:
    """`web-1: PVC data-web-1`, `web-0 and -1: PVCs`."""
    rows = sorted({row.ordinal: row.name for one in group for row in one.rows}.items())
    names = listed([name for _, name in rows])
    return f"{names}: PVC {group[0].name}" if len(group) == 1 else f"{names}: PVCs"


def _ordinals(group: Iterable[MeasuredClaim]) -> list[int]:
    return [row.ordinal for one in group for row in one.rows]


def _when(group: Sequence[MeasuredClaim]) -> str:
    return " when last measured" if group[0].age is Age.OLD else ""


def _certainty(group: Sequence[MeasuredClaim]) -> Certainty:
    return Certainty.LIKELY if group[0].age is Age.OLD else Certainty.CERTAIN


def _level(group: Sequence[MeasuredClaim], level: Level) -> Level:
    return Level.NOTICE if group[0].age is Age.OLD else level


def _since(case: RuleInput, what: str, group: Sequence[MeasuredClaim]) -> datetime:
    """Since when it has been seen: the API records nothing of usage."""
    return min(case.facts.sightings.since("usage", what, one.claim.metadata.uid) for one in group)


def _soonest(case: RuleInput, group: Sequence[MeasuredClaim]) -> tuple[MeasuredClaim | None, str]:
    """The PVC that is full first, and `full in less than 2h`; with several PVCs also which."""
    filling = [one for one in group if one.full_in is not None and one.full_in.steady]
    soonest = min(filling, key=lambda one: one.full_in.seconds if one.full_in is not None else 0, default=None)
    if soonest is None or soonest.full_in is None:
        return None, ""
    words = within(case, soonest.measured, soonest.full_in)
    if not words:
        return None, ""
    return soonest, words if len(group) == 1 else f"{soonest.name} {words}"


def _rate(full_in: FullIn | None) -> str:
    """How sure it is: on how much the estimate rests."""
    if full_in is None:
        return ""
    doubt = "" if full_in.sure else ", too short to be sure" if full_in.steady else ", which was not steady"
    return f"it is full at the rate of the last {short(full_in.span)}{doubt}"


def _full_at(measured: datetime, full_in: FullIn | None) -> datetime | None:
    return later(measured, full_in.seconds) if full_in is not None else None


def _evidence(one: MeasuredClaim, *, inodes: bool = False) -> Iterator[Evidence]:
    about, usage = f"{_KIND} {one.name}", one.usage
    if usage.available is not None:
        yield Evidence(about, "stats/summary availableBytes", f"{size(usage.available)} of {size(usage.capacity)}")
    if inodes and usage.inodes_free is not None:
        yield Evidence(about, "stats/summary inodesFree", f"{usage.inodes_free:,} of {usage.inodes:,}")
    yield measured_at(about, "stats/summary", one.measured)


def _remedies(case: RuleInput, group: Sequence[MeasuredClaim]) -> Iterator[Remedy]:
    first = group[0]
    pod = first.rows[0].name
    yield Remedy(
        f"find out what uses the volume of {pod}",
        Danger.READ_ONLY,
        command=kubectl(case, "exec", pod, "--", "df", "-h"),
    )
    capacity = first.usage.capacity or parse_bytes(first.claim.status.capacity.get("storage", ""))
    if not first.expandable or not capacity:
        yield Remedy("make room: the StorageClass is not known to expand volumes", Danger.REVERSIBLE)
        return
    larger = "".join(format_bytes(max(1, -(-capacity * 3 // (2 * _GI))) * _GI))
    patch = f'{{"spec":{{"resources":{{"requests":{{"storage":"{larger}"}}}}}}}}'
    template = _template(case, first)
    same = [one for one in group if template and _template(case, one) == template]
    also = f" and {counted(len(same) - 1, 'other')}" if len(same) > 1 else ""
    ordinals = tuple(sorted(row.ordinal for one in same for row in one.rows))
    yield Remedy(
        f"grow PVC {first.name}{also} to {larger}; a PVC cannot shrink again",
        Danger.REVERSIBLE,
        ActionId.GROW if same else None,
        _patch(case, [one.name for one in same] or [first.name], patch),
        growth=Growth(template, larger, ordinals) if same else None,
    )


def _patch(case: RuleInput, names: Sequence[str], patch: str) -> str:
    """The command that patches these PVCs."""
    if len(names) == 1:
        return kubectl(case, "patch", "pvc", names[0], "--type=merge", "-p", patch)
    one = kubectl(case, "patch", "pvc", "$pvc", "--type=merge", "-p", patch).replace("'$pvc'", '"$pvc"')
    return f"for pvc in {' '.join(names)}; do {one}; done"


def _template(case: RuleInput, one: MeasuredClaim) -> str:
    """Name of the claim template of a PVC; empty if it has none."""
    ordinal = one.rows[0].ordinal
    names = (template.metadata.name for template in case.facts.set.spec.volume_claim_templates)
    return next((name for name in names if claim_name(name, case.facts.key.name, ordinal) == one.name), "")


FULL_VOLUMES: tuple[Rule, ...] = (volume_full,)

RULES: tuple[Rule, ...] = (volume_nearly_full, inodes_nearly_full, volume_filling)
