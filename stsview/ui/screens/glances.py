"""The screen for each way to look at something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from stsview.live.reading import Reading
from stsview.live.snapshot import Snapshot
from stsview.ui.looking import Glance, Subject
from stsview.ui.screens.describe import DescribeScreen
from stsview.ui.screens.events import EventsScreen
from stsview.ui.screens.logs import LogScreen
from stsview.ui.screens.looking import LookingScreen
from stsview.ui.screens.revisions import RevisionsScreen
from stsview.ui.screens.yaml import YamlScreen


def screen_for(
    glance: Glance,
    subject: Subject,
    reading: Reading,
    latest: Callable[[], Snapshot],
    now: Callable[[], datetime],
    zone: tzinfo | None,
) -> LookingScreen:
    """To be pushed; what it shows it asks of `reading` by itself."""
    match glance:
        case Glance.LOGS | Glance.PREVIOUS:
            return LogScreen(subject, reading, latest, now, zone, previous=glance is Glance.PREVIOUS)
        case Glance.YAML:
            return YamlScreen(subject, reading, latest, now, zone)
        case Glance.DESCRIBE:
            return DescribeScreen(subject, reading, latest, now, zone)
        case Glance.EVENTS:
            return EventsScreen(subject, latest, now, zone)
        case Glance.REVISIONS:
            return RevisionsScreen(subject, latest, now, zone)
