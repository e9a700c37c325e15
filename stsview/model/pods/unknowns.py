"""Why objects of a kind are not known, or one of them not yet."""

from __future__ import annotations

from datetime import datetime

from stsview.model.cache.coverage import Coverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import Moment, later
from stsview.model.timing.sightings import Sightings
from stsview.objects.kinds import Kind


def hidden(kind: Kind, objects: SetObjects, *, found: bool) -> str:
    """One sentence on why nobody can say anything about an object of `kind`; empty where one was `found`, or where
    its absence means something."""
    covered = objects.covered(kind)
    if covered.complete:
        return ""
    if covered.coverage is Coverage.LOADING:
        return "" if found else covered.reason or f"{kind.resource} are still being read"
    return covered.reason or f"{kind.resource} cannot be read"


def awaited(
    kind: Kind, name: str, referred: datetime | None, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> bool:
    """Whether an object that is not held may be there all the same, as its stream lags behind the one that refers to
    it. `referred` is since when that other object does, where that can be told: a stream is silent for so long at most.
    """
    until = later(sightings.since("awaited", kind.name, name), settings.sighting_grace)
    if referred is not None:
        until = max(until, later(referred, settings.stream_silence))
    return not moment.passed(until)
