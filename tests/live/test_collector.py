"""The garbage collector looks only at young objects while a cluster is loaded."""

from __future__ import annotations

import gc

from msgspec.structs import replace

from stsview.live.collector import collector_paused, pause_collector_until_loaded
from stsview.live.snapshot import Link
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, kafka


def test_only_young_objects_are_collected_until_everything_is_loaded() -> None:
    source, thresholds = FakeSource(fleet_of(kafka())), gc.get_threshold()
    try:
        pause_collector_until_loaded(source)
        for link, collects_all in ((Link.CONNECTING, False), (Link.LOADING, False), (Link.LIVE, True)):
            latest = source.snapshot
            source.publish(replace(latest, health=replace(latest.health, link=link)))
            assert gc.isenabled()
            assert (gc.get_threshold()[2] < 1_000) is collects_all, link
    finally:
        gc.set_threshold(*thresholds)


def test_the_collector_is_left_as_it_was() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
