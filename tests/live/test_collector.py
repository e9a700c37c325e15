"""The garbage collector rests while a cluster is loaded, and only then."""

from __future__ import annotations

import gc

from msgspec.structs import replace

from stsview.live.collector import collector_paused, pause_collector_until_loaded
from stsview.live.snapshot import Link
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, kafka


def test_the_collector_rests_until_everything_is_loaded() -> None:
    source, thresholds = FakeSource(fleet_of(kafka())), gc.get_threshold()
    try:
        pause_collector_until_loaded(source)
        for link, collects in ((Link.CONNECTING, False), (Link.LOADING, False), (Link.LIVE, True)):
            latest = source.snapshot
            source.publish(replace(latest, health=replace(latest.health, link=link)))
            assert gc.isenabled() is collects, link
    finally:
        gc.enable()
        gc.unfreeze()
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
