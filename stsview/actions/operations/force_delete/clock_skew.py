"""Whether the server's time, which deadlines are compared with, can be trusted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from stsview.actions.operations.force_delete.node_liveness import RENEW_SECONDS, read_node
from stsview.actions.plan import Check, Result
from stsview.cluster.http.session import Session
from stsview.live.picture_health import TOLERATED_SECONDS
from stsview.model.timing.durations import short

_WITNESSES = 3


class Clocks(msgspec.Struct, frozen=True):
    """The server's time compared with other clocks.

    API servers of one cluster may differ from each other, and a proxy in front of them may set the Date header; the
    clocks of the nodes decide.
    """

    at: datetime
    """The server's time."""
    known: bool
    """Whether the server has reported it."""
    offset: timedelta
    """How far the server's clock is ahead of this machine's."""
    renewed: datetime | None = None
    """When the newest lease of some Ready nodes was renewed, by their clocks; only read where the offset matters."""

    @property
    def apart(self) -> bool:
        return abs(self.offset.total_seconds()) > TOLERATED_SECONDS

    @property
    def explained(self) -> bool | None:
        """Whether the nodes agree with the server, so that this machine's clock is wrong.

        None: unknown.
        """
        if self.renewed is None:
            return None
        age = (self.at - self.renewed).total_seconds()
        return -TOLERATED_SECONDS <= age <= RENEW_SECONDS + TOLERATED_SECONDS


async def compare(session: Session, nodes: Iterable[str]) -> Clocks:
    """Compare with the leases of `nodes`, which are Ready. Raises nothing."""
    clocks = Clocks(session.server_now(), session.server_time_known, session.clock_offset)
    if not clocks.known or not clocks.apart:
        return clocks
    readings = await asyncio.gather(*(read_node(session, name) for name in sorted(nodes)[:_WITNESSES]))
    renewed = [one.lease.renewed for one in readings if one.lease is not None and one.lease.renewed is not None]
    return Clocks(session.server_now(), True, session.clock_offset, max(renewed, default=None))


def check_clocks(clocks: Clocks) -> Check:
    if not clocks.known:
        return Check("clock", Result.UNKNOWN, "the API server does not report its time", required=True)
    if not clocks.apart:
        return Check("clock", Result.PASS, "this machine's clock agrees with the server's")
    seconds = clocks.offset.total_seconds()
    words = f"{short(abs(seconds))} {'behind' if seconds > 0 else 'ahead of'}"
    match clocks.explained:
        case True:
            return Check(
                "clock", Result.WARN, f"this machine's clock is {words} the server's; the nodes agree with the server"
            )
        case False:
            return Check("clock", Result.FAIL, f"the clocks of this machine and the nodes are {words} the server's")
    unexplained = f"this machine's clock is {words} the server's; cannot tell which is right"
    return Check("clock", Result.UNKNOWN, unexplained, required=True)
