from __future__ import annotations

from stsview.model.timing.sightings import Sightings
from tests.support.model.build import at


def test_a_repeated_sighting_keeps_its_first_instant() -> None:
    first = Sightings({}, at(1))
    assert first.since("missing", 2) == at(1)
    second = Sightings(first.kept, at(9))
    assert second.since("missing", 2) == at(1)
    assert second.since("missing", 3) == at(9)


def test_a_sighting_not_queried_is_forgotten() -> None:
    first = Sightings({}, at(1))
    first.since("missing", 2)
    between = Sightings(first.kept, at(5))
    assert Sightings(between.kept, at(9)).since("missing", 2) == at(9)
