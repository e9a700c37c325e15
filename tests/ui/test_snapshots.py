"""Snapshots of a few screens; inspect every change, then run `pytest --snapshot-update`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec
from stsview.live.snapshot import Link, PictureHealth
from stsview.objects.log_messages import LogLine, LogPhase
from stsview.ui.app import StsviewApp
from tests.support.ui.crashing import KAFKA_3, LOG, described, detail
from tests.support.ui.driver import Stopwatch
from tests.support.ui.fake_forwards import FakeForwards
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, ago, design_fleet, fleet_of
from tests.support.ui.stage import screen_lines, wait_for
from tests.support.ui.usages import KAFKA, kafka_usage

Compare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 55)], ids=lambda size: f"{size[0]}x{size[1]}")


def app_over(
    source: FakeSource,
    theme: str | None = None,
    stopwatch: Stopwatch | None = None,
    forward_service: FakeForwards | None = None,
) -> StsviewApp:
    # The time of the fake source stands still, so that ages never change in a snapshot.
    return StsviewApp(
        source, theme=theme, zone=UTC, monotonic=stopwatch or Stopwatch(), forward_service=forward_service
    )


def showing(words: str, *keys: str, then: str = "") -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Steps before a snapshot: wait for text, press keys, wait for the result, until nothing moves."""

    async def prepare(pilot: Pilot[Any]) -> None:
        await wait_for(pilot, lambda: words in "\n".join(screen_lines(pilot.app)), words)
        await pilot.press(*keys)
        await wait_for(pilot, lambda: then in "\n".join(screen_lines(pilot.app)), then)
        pictures = [""]

        def still() -> bool:
            pictures.append(pilot.app.export_screenshot())
            return pictures[-1] == pictures[-2]

        await wait_for(pilot, still, "nothing moves")

    return prepare


@SIZES
def test_fleet(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app_over(FakeSource()), terminal_size=size, run_before=showing("waits for kafka-3", "j"))


@SIZES
def test_set(snap_compare: Compare, size: tuple[int, int]) -> None:
    then = "cause" if size[0] < 100 else "Identity of kafka-3"
    opened = showing("waits for kafka-3", "j", "enter", then=then)
    assert snap_compare(app_over(FakeSource()), terminal_size=size, run_before=opened)


@SIZES
def test_usage(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = FakeSource()
    source.measured[KAFKA] = kafka_usage()
    opened = showing("waits for kafka-3", "j", "enter", "U", "k", "k", then="full in about")
    assert snap_compare(app_over(source), terminal_size=size, run_before=opened)


def test_set_with_usage(snap_compare: Compare) -> None:
    source = FakeSource()
    kafka = next(view for key, view in design_fleet().sets.items() if key == KAFKA)
    source.measured[KAFKA] = kafka_usage({row.name: row.uid or "" for row in kafka.ordinals})
    opened = showing("waits for kafka-3", "j", "enter", "k", "k", then="full in about")
    assert snap_compare(app_over(source), terminal_size=(200, 55), run_before=opened)


def test_connecting(snap_compare: Compare) -> None:
    source = FakeSource()
    source.hold.clear()
    assert snap_compare(app_over(source), terminal_size=(80, 24), run_before=showing("connecting to prod-eu1"))


def test_loading(snap_compare: Compare) -> None:
    health = PictureHealth(Link.LOADING, loaded=12_000, remaining=38_000)
    app = app_over(FakeSource(fleet_of(), health=health))
    assert snap_compare(app, terminal_size=(80, 24), run_before=showing("of 50,000 objects"))


def test_disconnected(snap_compare: Compare) -> None:
    retry = NOW + timedelta(seconds=3)
    health = PictureHealth(Link.DISCONNECTED, ago(seconds=41), retry, "connection refused by 10.0.0.1:6443")
    app = app_over(FakeSource(health=health))
    assert snap_compare(app, terminal_size=(120, 36), run_before=showing("disconnected 41 s, next try in 3 s"))


def test_empty(snap_compare: Compare) -> None:
    app = app_over(FakeSource(fleet_of()))
    assert snap_compare(app, terminal_size=(80, 24), run_before=showing("no StatefulSets in prod-eu1"))


def test_filter(snap_compare: Compare) -> None:
    typed = showing("waits for kafka-3", "slash", *"ready", "colon", *"no", then="4 of 11")
    assert snap_compare(app_over(FakeSource()), terminal_size=(120, 36), run_before=typed)


def test_namespaces(snap_compare: Compare) -> None:
    opened = showing("waits for kafka-3", "N", then="3 sets")
    assert snap_compare(app_over(FakeSource()), terminal_size=(80, 24), run_before=opened)


@pytest.mark.parametrize("theme", ["light", "high-contrast", "colour-blind"])
def test_themes(snap_compare: Compare, theme: str) -> None:
    app = app_over(FakeSource(), theme)
    assert snap_compare(app, terminal_size=(120, 36), run_before=showing("waits for kafka-3", "j"))


def test_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(FakeSource())
    assert snap_compare(app, terminal_size=(120, 36), run_before=showing("waits for kafka-3", "j"))


@pytest.mark.parametrize(
    ("key", "words"),
    [("l", "exited with 1, restart pending"), ("d", "10.2.3.44"), ("y", "kind: Pod")],
    ids=["logs", "describe", "yaml"],
)
def test_looks(snap_compare: Compare, key: str, words: str) -> None:
    source = FakeSource()
    source.descriptions["Pod", KAFKA_3] = described()
    source.write_log(*LOG, phase=LogPhase.ENDED, problem="kafka exited with 1, restart pending", pod="kafka-3")
    opened = showing("waits for kafka-3", "j", "enter", key, then=words)
    assert snap_compare(app_over(source), terminal_size=(100, 30), run_before=opened)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
def test_merged_logs(snap_compare: Compare, size: tuple[int, int]) -> None:
    source, stopwatch = FakeSource(), Stopwatch()
    source.descriptions["Pod", KAFKA_3] = described()
    for ordinal in range(6):
        pod = f"kafka-{ordinal}"
        if ordinal == 3:
            source.write_log(*LOG, phase=LogPhase.READING, pod=pod)
            source.write_log(phase=LogPhase.ENDED, problem="kafka exited with 1, restart pending", pod=pod)
            continue
        words = "ISR updated to {0},{1} (kafka.cluster.Partition)"
        lines = [
            LogLine(
                f"[2026-11-22 18:21:5{second},{ordinal}17] INFO [Partition orders-{second} broker={ordinal}] "
                + words.format(second, ordinal),
                f"2026-11-22T18:21:5{second}.{ordinal}17Z",
            )
            for second in range(ordinal % 3, 7, 3)
        ]
        source.write_log(*lines, phase=LogPhase.READING, pod=pod)
        source.write_log(phase=LogPhase.FOLLOWING, pod=pod)

    async def prepare(pilot: Pilot[Any]) -> None:
        await showing("waits for kafka-3", "j", "l", then="5 ●")(pilot)
        for _ in range(2):
            # New lines, and notes about what was read, wait for others of their time.
            await showing("ended")(pilot)
            stopwatch.seconds += 1
        await showing("kafka exited with 1", "2", "t", then="2 off")(pilot)

    assert snap_compare(app_over(source, stopwatch=stopwatch), terminal_size=size, run_before=prepare)


def test_events(snap_compare: Compare) -> None:
    source = FakeSource()

    async def prepare(pilot: Pilot[Any]) -> None:
        await showing("waits for kafka-3", "j", "e", then="loading events")(pilot)
        source.set_detail(detail(25))
        await showing("25 events")(pilot)

    assert snap_compare(app_over(source), terminal_size=(100, 30), run_before=prepare)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
def test_forwarded_ports(snap_compare: Compare, size: tuple[int, int]) -> None:
    service = FakeForwards(DeclaredPort(9092, "main"))
    waiting, failing, good = [
        service.add("data", f"kafka-{ordinal}", PortSpec("main", 19092 + ordinal)) for ordinal in range(3)
    ]
    waiting.pod.problem = "kafka-0 does not exist now"
    failing.problem, failing.sent = "you may not create pods/portforward in data", 97
    good.connections, good.sent, good.received = 12, 40_000, 7_340_032
    opened = showing("waits for kafka-3", "colon", *"forwards", "enter", "j", then="you may not create")
    assert snap_compare(app_over(FakeSource(), forward_service=service), terminal_size=size, run_before=opened)
