"""Events as rows, details, and filtered."""

from __future__ import annotations

from datetime import UTC

import pytest
from msgspec.structs import replace

from stsview.live.snapshot import PictureHealth, Scope, Snapshot
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import EventView, PartHealth, SetDetail
from stsview.objects.meta import Key
from stsview.ui.inspect.events.event_filter import LANGUAGE
from stsview.ui.inspect.events.event_rows import COLUMNS, event_lines, event_row, events_title, no_events
from stsview.ui.kit.look.roles import Role, plain
from tests.support.ui.fake_live import LIVE
from tests.support.ui.fleets import NOW, ago, design_fleet

KAFKA = Key("data", "kafka")
BACKOFF = EventView(
    "Pod", "kafka-3", True, "BackOff", "Back-off restarting", ago(minutes=12), ago(minutes=4), 12, "kubelet", uid="1"
)
CREATED = EventView("StatefulSet", "kafka", False, "SuccessfulCreate", "create Pod", None, ago(hours=1), 1, uid="2")
FORMER = replace(BACKOFF, former=True, warning=False, times=1)
COMPLETE = PartHealth(KindCoverage(Coverage.COMPLETE))


def test_a_row() -> None:
    row = event_row(BACKOFF, NOW)
    assert [plain(cell) for cell in row] == [
        "▲",
        "4m",
        "×12",
        "Warning",
        "pod kafka-3",
        "BackOff",
        "kubelet",
        "Back-off restarting",
    ]
    assert len(row) == len(COLUMNS)
    assert row[0][0][1] is Role.WARNING
    quiet = event_row(CREATED, NOW)
    assert [plain(cell) for cell in quiet][:5] == ["·", "1h", "", "Normal", "set kafka"]
    assert plain(event_row(FORMER, NOW)[4]) == "pod kafka-3  gone"


def test_details_of_an_event() -> None:
    lines = {label: plain(spans) for label, spans in event_lines(BACKOFF, NOW, UTC)}
    assert lines == {
        "object": "pod kafka-3",
        "when": "4m ago  18:18:07 UTC  12 times since 18:10:07 UTC  from kubelet",
        "message": "Back-off restarting",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [BACKOFF, CREATED]),
        ("KAFKA", [BACKOFF, CREATED]),
        ("kafka-3", [BACKOFF]),
        ("create kafka", [CREATED]),
        ("kubelet backoff", [BACKOFF]),
        ("is:w", [BACKOFF]),
        ("is:warning create", []),
        ("is:", [BACKOFF, CREATED]),
    ],
)
def test_the_filter(text: str, expected: list[EventView]) -> None:
    query = LANGUAGE.parse(text)
    assert [event for event in (BACKOFF, CREATED) if query.matches(event)] == expected
    assert not query.problem


def test_an_unknown_kind_is_reported_and_warnings_are_toggled() -> None:
    assert LANGUAGE.parse("is:error").problem == "is: must be warning or normal"
    assert LANGUAGE.toggled("kafka", "is", "warning") == "kafka is:warning"
    assert LANGUAGE.toggled("is:warning kafka", "is", "warning") == "kafka"


def picture(detail: SetDetail | None, health: PictureHealth = LIVE) -> Snapshot:
    return Snapshot(design_fleet(), Scope("prod"), health, NOW, detail=detail)


def test_placeholders_without_events() -> None:
    assert no_events(KAFKA, picture(None), "").headline == "loading events of kafka …"
    assert no_events(KAFKA, picture(SetDetail(KAFKA)), "").headline == "loading events of kafka …"
    assert no_events(KAFKA, picture(SetDetail(KAFKA, events_health=COMPLETE)), "").headline == (
        "no recent events for kafka"
    )
    denied = PartHealth(KindCoverage(Coverage.FORBIDDEN, "you may not list events"))
    assert no_events(KAFKA, picture(SetDetail(KAFKA, events_health=denied)), "").details == ("you may not list events",)
    full = SetDetail(KAFKA, (BACKOFF,), events_health=COMPLETE)
    assert "no match for" in no_events(KAFKA, picture(full), "x").headline
    assert "not found" in no_events(Key("data", "none"), picture(None), "").headline


def test_the_title_counts_and_warns_of_stale_events() -> None:
    full = SetDetail(KAFKA, (BACKOFF, CREATED), events_health=COMPLETE)
    left, right = events_title(KAFKA, full)
    assert plain(left) == "events of kafka, its pods and PVCs"
    assert plain(right[0]) == "▲ 1 warning · 2 events"
    old = replace(full, events_health=replace(COMPLETE, behind="the connection is lost"))
    assert plain(events_title(KAFKA, old)[0]).endswith("▲ the connection is lost")
