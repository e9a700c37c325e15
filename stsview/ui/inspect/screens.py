"""The screen of each inspect view."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime, tzinfo

from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.objects.meta import Key
from stsview.ui.inspect.describe_screen import DescribeScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from stsview.ui.inspect.yaml_screen import YamlScreen


def screen_for(
    inspect_view: InspectView,
    target: InspectTarget,
    reading: ObjectReader,
    latest: Callable[[], Snapshot],
    now: Callable[[], datetime],
    zone: tzinfo | None,
    containers: MutableMapping[Key, str],
    monotonic: Callable[[], float],
) -> InspectCommands:
    """A screen to push. It reads what it shows from `reading` itself.

    `containers` has the container whose log was chosen last, by set; `monotonic` is a clock in seconds.
    """
    match inspect_view:
        case InspectView.LOGS | InspectView.PREVIOUS:
            previous = inspect_view is InspectView.PREVIOUS
            return LogScreen(
                target, reading, latest, now, zone, previous=previous, remembered=containers, monotonic=monotonic
            )
        case InspectView.YAML:
            return YamlScreen(target, reading, latest, now, zone)
        case InspectView.DESCRIBE:
            return DescribeScreen(target, reading, latest, now, zone)
        case InspectView.EVENTS:
            return EventsScreen(target, latest, now, zone)
        case InspectView.REVISIONS:
            return RevisionsScreen(target, latest, now, zone)
