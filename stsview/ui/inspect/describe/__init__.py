"""Describe sheets: each kind of object for a person to read, with its events.

Pure: it lays out what was read, and reads nothing itself.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from stsview.live.on_demand import Description
from stsview.objects.kinds import (
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CONFIG_MAPS,
    NODES,
    PODS,
    SECRETS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
)
from stsview.ui.inspect.describe.claim import describe_claim
from stsview.ui.inspect.describe.events import describe_events
from stsview.ui.inspect.describe.guards import describe_autoscaler, describe_budget
from stsview.ui.inspect.describe.node import describe_node
from stsview.ui.inspect.describe.others import describe_config_map, describe_other, describe_secret
from stsview.ui.inspect.describe.pod import describe_pod
from stsview.ui.inspect.describe.service import describe_service
from stsview.ui.inspect.describe.stateful_set import describe_stateful_set
from stsview.ui.inspect.describe.volume import describe_volume
from stsview.ui.inspect.describe.writer import DescribeWriter
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.roles import Spans

_BY_KIND = {
    STATEFULSETS: describe_stateful_set,
    PODS: describe_pod,
    CLAIMS: describe_claim,
    VOLUMES: describe_volume,
    SERVICES: describe_service,
    NODES: describe_node,
    BUDGETS: describe_budget,
    AUTOSCALERS: describe_autoscaler,
    CONFIG_MAPS: describe_config_map,
    SECRETS: describe_secret,
}


def describe(description: Description, now: datetime, width: int, zone: tzinfo | None = None) -> list[Spans]:
    """The sheet in lines of `width` cells; ages at `now`, times of day in `zone`.

    Never fails on a malformed object: fields of an unexpected type are left out.
    """
    writer = DescribeWriter(width, now, zone)
    _BY_KIND.get(description.kind, describe_other)(writer, JsonValue(description.object), description)
    describe_events(writer, description)
    return writer.lines
