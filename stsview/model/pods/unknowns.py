"""Why an object is not known: its kind is unreadable, or its stream lags behind."""

from __future__ import annotations

from datetime import datetime

from stsview.model.cache.coverage import Coverage
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import Moment, later
from stsview.model.timing.sightings import Sightings
from stsview.objects.kinds import Kind


def hidden(kind: Kind, objects: SetObjects, *, found: bool) -> str:
    """One sentence on why an object of `kind` is unknown.

    Empty where it was `found`, or is known to be absent.
    """
    covered = objects.coverage.get(kind.name, LOADING)
    if covered.coverage is Coverage.COMPLETE:
        return ""
    if covered.coverage is Coverage.LOADING:
        return "" if found else covered.reason or f"{kind.resource} are still being read"
    return covered.reason or f"{kind.resource} cannot be read"


def awaited(
    kind: Kind, name: str, referred: datetime | None, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> bool:
    """Whether an object may exist though its stream has not delivered it yet.

    `referred`: since when the other object refers to it, where known; no stream lags longer than it may be silent.
    """
    until = later(sightings.since("awaited", kind.name, name), settings.sighting_grace)
    if referred is not None:
        until = max(until, later(referred, settings.stream_silence))
    return not moment.passed(until)
