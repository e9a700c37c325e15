"""Whether the server's time, by which deadlines are judged, may be believed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stsview.actions.operations.force_delete.node_liveness import RENEW_SECONDS, look
from stsview.actions.plan import Check, Result
from stsview.cluster.http.session import Session
from stsview.live.picture_health import TOLERATED_SECONDS
from stsview.model.timing.durations import short

_WITNESSES = 3


@dataclass(frozen=True, slots=True)
class Clocks:
    """The server's time beside others. API servers of one cluster may differ among themselves, and a proxy before them
    may write the Date header; the clocks of nodes have a third say."""

    at: datetime
    """The server's time."""
    known: bool
    """Whether the server has ever told it."""
    offset: timedelta
    """How far it is ahead of this machine's clock."""
    renewed: datetime | None = None
    """When the newest lease of some nodes that are Ready was renewed, by their clocks; only asked for with an offset
    that matters."""

    @property
    def apart(self) -> bool:
        return abs(self.offset.total_seconds()) > TOLERATED_SECONDS

    @property
    def explained(self) -> bool | None:
        """Whether the nodes agree with the server, so that it is this machine's clock that is wrong; None: unknown."""
        if self.renewed is None:
            return None
        age = (self.at - self.renewed).total_seconds()
        return -TOLERATED_SECONDS <= age <= RENEW_SECONDS + TOLERATED_SECONDS


async def compare(session: Session, nodes: Iterable[str]) -> Clocks:
    """`nodes`: some that are Ready, whose leases move. Raises nothing."""
    clocks = Clocks(session.server_now(), session.server_time_known, session.clock_offset)
    if not clocks.known or not clocks.apart:
        return clocks
    looks = await asyncio.gather(*(look(session, name) for name in sorted(nodes)[:_WITNESSES]))
    renewed = [one.lease.renewed for one in looks if one.lease is not None and one.lease.renewed is not None]
    return Clocks(session.server_now(), True, session.clock_offset, max(renewed, default=None))


def agree(clocks: Clocks) -> Check:
    if not clocks.known:
        return Check("clock", Result.UNKNOWN, "the server does not tell its time", required=True)
    if not clocks.apart:
        return Check("clock", Result.PASS, "this machine's clock agrees with the server's")
    seconds = clocks.offset.total_seconds()
    words = f"{short(abs(seconds))} {'behind' if seconds > 0 else 'ahead of'}"
    match clocks.explained:
        case True:
            return Check(
                "clock", Result.WARN, f"this machine's clock is {words} the server's; the nodes' agree with it"
            )
        case False:
            return Check("clock", Result.FAIL, f"this machine's clock is {words} the server's, and so are the nodes'")
    unexplained = f"this machine's clock is {words} the server's; nothing tells which is right"
    return Check("clock", Result.UNKNOWN, unexplained, required=True)
