"""What a pod or a PVC uses, as it is drawn wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from stsview.model.states import Health
from stsview.model.timing.durations import short
from stsview.model.usage.set_usage import STALE, VOLUME_STALE, Amount, ClaimUsage, PodUsage, SetUsage
from stsview.model.usage.usage_history import FullIn, MeasuredUsage
from stsview.text.glyphs import active
from stsview.text.usage_words import amount_words, cores, health_of_share, percent, size, sparkline
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Spans


def cpu(pod: PodUsage, now: datetime) -> Spans:
    return _aged(cores(pod.cpu.used), Role.TEXT, pod.measured, now, STALE)


def memory(pod: PodUsage, usage: SetUsage, now: datetime) -> Spans:
    role = share_role(fullest_container(pod), usage.limits.memory)
    return _aged(size(pod.memory.used), role, pod.measured, now, STALE)


def fullness(claim: ClaimUsage, usage: SetUsage, now: datetime) -> Spans:
    role = share_role(claim.fullness, usage.limits.volume)
    return _aged(percent(claim.fullness), role.strong, claim.measured, now, VOLUME_STALE)


def inodes(claim: ClaimUsage, usage: SetUsage, now: datetime) -> Spans:
    role = share_role(claim.inode_fullness, usage.limits.volume)
    return _aged(percent(claim.inode_fullness), role, claim.measured, now, VOLUME_STALE)


def fullest_container(pod: PodUsage) -> float | None:
    """The share of its memory limit that the container nearest to it uses; None: none has a limit, or is measured."""
    shares = [one.memory.used / one.memory.limit for one in pod.containers if one.memory.limit and one.memory.used]
    return max(shares, default=None)


def share_role(share: float | None, limit: float) -> Role:
    health = health_of_share(share, limit)
    return Role.TEXT if health in (Health.READY, Health.NEUTRAL) else role_of(health)


def pod_usage(pod: PodUsage, measured: MeasuredUsage) -> tuple[Spans, Spans]:
    """CPU and memory against what is requested and allowed, each with its course."""
    return (
        _amount(pod.cpu, cores, measured.cpu.get(pod.pod, ()), Role.TEXT),
        _amount(
            pod.memory,
            size,
            measured.memory.get(pod.pod, ()),
            share_role(fullest_container(pod), measured.usage.limits.memory),
        ),
    )


def claim_usage(claim: ClaimUsage, measured: MeasuredUsage) -> Spans:
    """How full a volume is, its course, and when it is full."""
    role = share_role(claim.fullness, measured.usage.limits.volume)
    words = f"{percent(claim.fullness)} full, {size(claim.available)} left of {size(claim.capacity)}"
    return ((words, role), *course(measured.volumes.get(claim.claim, ())))


def trend_words(full_in: FullIn, claim: ClaimUsage, now: datetime) -> str:
    """When it is full, and how sure that is."""
    doubt = "" if full_in.sure else ", too short to be sure" if full_in.steady else ", not steady"
    words = f"full in about {short(left_until_full(full_in, claim, now))}"
    return f"{words}, by the last {short(full_in.span)} of measurements{doubt}"


def left_until_full(full_in: FullIn, claim: ClaimUsage, now: datetime) -> float:
    """Seconds from now on; it was estimated at the last measurement."""
    passed = (now - claim.measured).total_seconds() if claim.measured is not None else 0.0
    return max(0.0, full_in.seconds - passed)


def course(values: tuple[int, ...]) -> Spans:
    """The last values as bars."""
    return ((f"  {sparkline(values)}", Role.ACCENT),) if len(values) > 1 else ()


def _amount(amount: Amount, words: Callable[[int | None], str], values: tuple[int, ...], role: Role) -> Spans:
    return ((amount_words(amount, words), role), (" used / request / limit", Role.DIM), *course(values))


def _aged(words: str, role: Role, measured: datetime | None, now: datetime, stale: timedelta) -> Spans:
    """A value, marked as not known where it is not from now."""
    if words == active().nothing:
        return ((words, Role.DIM),)
    if measured is not None and now - measured <= stale:
        return ((words, role),)
    glyph, colour = sign(Health.UNKNOWN)
    return ((f"{glyph} ", colour), (words, Role.DIM))
