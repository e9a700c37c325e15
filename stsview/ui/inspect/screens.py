"""The screen for each way to look at something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.ui.inspect.describe_screen import DescribeScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.inspect_commands import LookingScreen
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from stsview.ui.inspect.subjects import InspectView, Subject
from stsview.ui.inspect.yaml_screen import YamlScreen


def screen_for(
    glance: InspectView,
    subject: Subject,
    reading: ObjectReader,
    latest: Callable[[], Snapshot],
    now: Callable[[], datetime],
    zone: tzinfo | None,
) -> LookingScreen:
    """To be pushed; what it shows it asks of `reading` by itself."""
    match glance:
        case InspectView.LOGS | InspectView.PREVIOUS:
            return LogScreen(subject, reading, latest, now, zone, previous=glance is InspectView.PREVIOUS)
        case InspectView.YAML:
            return YamlScreen(subject, reading, latest, now, zone)
        case InspectView.DESCRIBE:
            return DescribeScreen(subject, reading, latest, now, zone)
        case InspectView.EVENTS:
            return EventsScreen(subject, latest, now, zone)
        case InspectView.REVISIONS:
            return RevisionsScreen(subject, latest, now, zone)
