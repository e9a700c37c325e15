"""An hour of random events and faults (`make soak`), and a few minutes of it in every test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.growth import Census, grown
from tests.soak.soak import soak

HOUR = 3600.0


async def test_a_picture_survives_minutes_of_events_and_faults(tmp_path: Path) -> None:
    report = await soak(tmp_path, seed=16, rounds=5, seconds=50)
    assert len(report.censuses) == 6
    assert report.events.total() > 50
    assert report.faults.total() > 10
    assert report.viewer.total() > 5
    assert report.snapshots > 100


@pytest.mark.soak
async def test_a_picture_survives_an_hour_of_events_and_faults(
    tmp_path: Path, seed: int, request: pytest.FixtureRequest
) -> None:
    terminal = request.config.get_terminal_writer()

    def say(line: str) -> None:
        terminal.line(line)
        terminal.flush()

    say(f"\nseed {seed}; repeat with: make soak SEED={seed}")
    report = await soak(tmp_path, seed=seed, rounds=12, seconds=HOUR / 12, say=say)
    for what, counted in (("events", report.events), ("faults", report.faults), ("viewer", report.viewer)):
        say(f"{what} {counted.total()}: {', '.join(f'{name} {number}' for name, number in counted.most_common())}")
    say(
        f"{report.snapshots} snapshots in {report.seconds:.0f} s; "
        f"the slowest recovery took {max(report.recovery_seconds):.0f} s"
    )
    assert report.seconds >= HOUR


def census(**counts: int) -> Census:
    usual = {"tasks": 70, "client_connections": 14, "server_connections": 14, "watches": 13, "descriptors": 38}
    sizes = {"objects": 100, "picture_bytes": 350_000, "process_bytes": 110_000_000}
    return Census(**{**usual, **sizes, **counts})


BEFORE = [census(tasks=0), *[census()] * 4]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"tasks": 80}, "tasks: 70 in the first half, 80 in the second"),
        ({"client_connections": 20}, "client connections: 14 in the first half, 20 in the second"),
        ({"server_connections": 20}, "server connections: 14 in the first half, 20 in the second"),
        ({"watches": 16}, "watches: 13 in the first half, 16 in the second"),
        ({"descriptors": 50}, "file descriptors: 38 in the first half, 50 in the second"),
        ({"picture_bytes": 450_000}, "bytes per object: 1400 in the first half, 1800 in the second"),
        ({"process_bytes": 130_000_000}, "bytes of the process: 110000000 in the first half, 130000000 in the second"),
    ],
)
def test_a_leak_is_reported_by_name(counts: dict[str, int], told: str) -> None:
    assert grown([*BEFORE, *[census()] * 3, census(**counts)]) == [told]


def test_more_objects_and_a_temporary_peak_are_no_leak() -> None:
    assert grown([*BEFORE, *[census(objects=200, picture_bytes=480_000)] * 4]) == []
    assert grown([census(), census(tasks=90), census(), census(), census()]) == []
