"""What runs in, or connects to, the pods of one of several clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from stsview.actions.dns.lazy_service import NamesService
    from stsview.actions.exec.lazy_service import ExecService
    from stsview.actions.port_forward.lazy_service import ForwardService


class ClusterServices(msgspec.Struct, frozen=True):
    """The services of one cluster; each knows no other cluster."""

    run: ExecService
    forwards: ForwardService
    names: NamesService
