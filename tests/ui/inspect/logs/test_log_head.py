"""Log buffer, colours, title line, and containers."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from stsview.live.logs.log_merge import MergedLine
from stsview.objects.log_messages import TAIL_LINES, LogHealth, LogLine, LogPhase
from stsview.ui.inspect.container_choices import containers_of
from stsview.ui.inspect.logs.log_colours import log_spans, timestamp_text
from stsview.ui.inspect.logs.log_head import LogSubject, log_amounts, log_title, no_lines
from stsview.ui.inspect.logs.log_members import LogMember, labels
from stsview.ui.inspect.logs.log_ring import MAX_HIDDEN, LogRing
from stsview.ui.inspect.logs.members_line import MembersLine, MemberState
from stsview.ui.kit.look.roles import Role, plain
from tests.support.ui.fleets import NOW

KAFKA_3 = LogSubject("kafka-3", "kafka")
KAFKA = LogSubject("kafka", "kafka", pods=6)


def one(text: str, stamp: str = "", pod: str = "kafka-3", *, cut: int = 0, note: bool = False) -> MergedLine:
    return MergedLine(pod, LogLine(text, stamp, cut, note))


def test_the_oldest_lines_are_dropped_and_numbers_stay() -> None:
    ring = LogRing(UTC, max_lines=3)
    ring.add(one(str(number)) for number in range(5))
    assert (ring.first, ring.end, ring.dropped, len(ring), ring.room) == (2, 5, 2, 3, 0)
    assert [ring.text(number) for number in range(ring.first, ring.end)] == ["2", "3", "4"]
    for start in range(5, 20_005, 1_000):
        ring.add(one(str(number)) for number in range(start, start + 1_000))
    assert (ring.text(ring.first), ring.text(ring.end - 1)) == ("20002", "20004")
    assert len(ring._lines) < 12_000


def test_fewer_long_lines_are_kept() -> None:
    ring = LogRing(max_lines=100, max_characters=1_000)
    ring.add(one("x" * 400) for _ in range(5))
    assert (len(ring), ring.dropped, ring.room) == (2, 3, 98)
    ring.add([one("y" * 5_000)])
    assert (len(ring), ring.text(ring.first)[0]) == (1, "y")


def test_colours_are_removed_tabs_expanded_and_notes_marked() -> None:
    ring = LogRing(UTC)
    ring.add([one("\x1b[1;31mred\x1b[0m\x1b[K"), one("\tat x"), one("restarted", note=True)])
    assert [ring.text(number) for number in range(3)] == ["red", "        at x", "── restarted"]
    assert ring.spans(2) == (("── restarted", Role.PROGRESSING),)


def test_timestamps_precede_lines_on_screen_and_in_the_file() -> None:
    ring = LogRing(UTC)
    ring.add([one("now", "2026-11-22T18:22:07.123456789Z"), one("bare")])
    ring.today = NOW
    assert (ring.prefix_cells, list(ring.lines_to_save())) == (0, ["now", "bare"])
    ring.timestamps = True
    assert plain(ring.prefix(0)) == "18:22:07.123"
    assert len(plain(ring.prefix(0))) < ring.prefix_cells
    assert plain(ring.prefix(1)) == ""
    assert list(ring.lines_to_save()) == ["2026-11-22T18:22:07.123456789Z now", "bare"]


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ("2026-11-22T19:22:07.5+01:00", "18:22:07.500"),
        ("2026-11-21T09:05:00Z", "Nov 21 09:05"),
        ("", ""),
        ("yesterday", ""),
        ("0001-01-01T00:00:00+23:00", ""),
    ],
)
def test_timestamp_text(stamp: str, words: str) -> None:
    assert timestamp_text(stamp, NOW, UTC) == words
    assert len(words) in (0, 12)


def test_today_is_judged_in_the_display_zone() -> None:
    east = timezone(timedelta(hours=8))
    assert timestamp_text("2026-11-22T18:00:00Z", NOW, east) == "02:00:00.000"


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("2026-11-22 18:22:07,123 [main] - WARN  [x] slow", {"WARN": Role.WARNING, "  [x] slow": Role.TEXT}),
        ("[2026-11-22 18:22:07,123] ERROR Exiting", {"ERROR": Role.DEGRADED_STRONG, " Exiting": Role.BRIGHT}),
        ('ts=2026 level=error msg="x"', {"level=error": Role.DEGRADED_STRONG}),
        ('{"level": "warn","msg":"x"}', {'level": "warn': Role.WARNING}),
        ("[1] 2026/11/22 18:22:07.123456 [WRN] slow", {"WRN": Role.WARNING}),
        ("2026-11-22 18:22:07.123+00:00 [error] <0.2.0> no", {"[error": Role.DEGRADED_STRONG}),
        ("2026-11-22 18:22:07.123 [ 1 ] {} <Warning> Memory: 9", {"<Warning": Role.WARNING}),
        ('{"t":"2026","s":"F","c":"CONTROL"}', {'"s":"F': Role.DEGRADED_STRONG}),
        ("18:22:07 INFO all is well", {"18:22:07": Role.DIM, "INFO": Role.DIM, " all is well": Role.TEXT}),
        ("18:22:07 DEBUG chatter", {" chatter": Role.DIM}),
        ("        at org.apache.Main(Main.java:1)", {"        at org.apache.Main(Main.java:1)": Role.DIM}),
        ("java.lang.IllegalStateException: no", {"java.lang.IllegalStateException: no": Role.BRIGHT}),
        ("TERROR and INFORMATION are no levels", {"TERROR and INFORMATION are no levels": Role.TEXT}),
        ("x" * 200 + " ERROR", {"x" * 200 + " ERROR": Role.TEXT}),
        ("", {}),
    ],
)
def test_time_level_and_stack_traces_are_coloured(line: str, roles: dict[str, Role]) -> None:
    spans = log_spans(line)
    assert plain(spans) == line
    assert {text: role for text, role in spans if text in roles} == roles


def head(phase: LogPhase, problem: str = "", **more: int | None) -> str:
    return plain(log_title(KAFKA_3, [LogHealth(phase, problem)], below=more.get("below"), lines=more.get("lines") or 0))


def test_the_title_shows_the_stream_state() -> None:
    assert head(LogPhase.FOLLOWING) == "kafka-3 · kafka   ● following"
    assert head(LogPhase.FOLLOWING, below=0) == "kafka-3 · kafka   ◐ paused"
    assert head(LogPhase.FOLLOWING, below=1204) == "kafka-3 · kafka   ◐ paused · 1,204 lines below"
    assert head(LogPhase.ENDED, "exited with 1", lines=3) == "kafka-3 · kafka   ○ exited with 1"
    # While there are no lines, only the placeholder shows the problem.
    assert head(LogPhase.REFUSED, "you may not") == "kafka-3 · kafka   ✖ cannot be read"
    assert no_lines(KAFKA_3, [LogHealth(LogPhase.REFUSED, "you may not")]).headline == "you may not"
    assert "no output from kafka of kafka-3 yet" in no_lines(KAFKA_3, [LogHealth(LogPhase.FOLLOWING)]).headline
    previous = LogSubject("kafka-3", "kafka", previous=True)
    assert "previous run" in plain(log_title(previous, [LogHealth()], below=None, lines=0))


@pytest.mark.parametrize(
    ("phases", "title", "headline"),
    [
        ([LogPhase.FOLLOWING] * 3, "● following", "no output from kafka of 3 pods of kafka yet"),
        ([LogPhase.READING] * 3, "◌ reading", "loading logs of kafka of 3 pods of kafka …"),
        (
            [LogPhase.FOLLOWING, LogPhase.WAITING, LogPhase.FOLLOWING, LogPhase.REFUSED],
            "✖ 1 cannot be read  ▲ 1 waiting  ● 2 following",
            "no output from kafka of 4 pods of kafka yet",
        ),
        ([LogPhase.WAITING, LogPhase.REFUSED], "✖ 1 cannot be read  ▲ 1 waiting", "refused"),
        ([], "", "all ordinals are off"),
    ],
)
def test_the_title_of_merged_logs_counts_their_states(phases: list[LogPhase], title: str, headline: str) -> None:
    health = [LogHealth(phase, phase.value if phase is LogPhase.REFUSED else "") for phase in phases]
    assert plain(log_title(KAFKA, health, below=None, lines=0)) == f"kafka · kafka   {title}"
    assert no_lines(KAFKA, health).headline == headline


def test_the_lines_of_a_pod_are_hidden_and_come_back_to_their_places() -> None:
    ring = LogRing(UTC)
    ring.name_pods({"db-9": ("db-9", Role.SERIES_4), "db-10": ("db-10", Role.SERIES_5)})
    ring.add(one(str(number), pod=f"db-{9 + number % 2}") for number in range(6))
    late = MergedLine("db-9", LogLine("6"), late=True)
    ring.add([late, one("note", pod="", note=True)])

    def shown() -> list[str]:
        return [plain(ring.prefix(number)) + ring.text(number) for number in range(ring.first, ring.end)]

    everything = shown()
    assert everything[:2] == [" db-9 │ 0", "db-10 │ 1"]
    assert everything[-2:] == [" db-9 ┆ 6", "      │ ── note"]
    assert plain(ring.prefix(0, continued=True)) == "      │ "
    ring.hide({"db-10"})
    assert shown() == [line for line in everything if "db-10" not in line]
    ring.add(one(f"later {number}", pod="db-10") for number in range(MAX_HIDDEN))
    assert ring.at_place(3) == 2
    ring.hide(set())
    texts = [ring.text(number) for number in range(ring.end)]
    assert texts[:6] == ["0", "2", "4", "6", "── note", "── 3 lines dropped while it was off"]
    assert len(texts) == 6 + MAX_HIDDEN
    assert next(iter(ring.lines_to_save())) == "db-9 0"


def test_long_names_are_shortened_to_their_ordinals() -> None:
    members = [LogMember(f"elasticsearch-master-{number}", number) for number in (9, 10)]
    assert labels(members, 200)["elasticsearch-master-9"] == "elasticsearch-master-9"
    assert list(labels(members, 120).values()) == ["…-9", "…-10"]


def test_the_line_of_ordinals_tells_which_are_on_and_how_they_are() -> None:
    line = MembersLine()

    def states(number: int, read: int = 999) -> list[MemberState]:
        phases = {0: LogPhase.FOLLOWING, 1: LogPhase.WAITING}
        return [
            MemberState(LogMember(f"db-{n}", n), n != 2, LogHealth(phases.get(n, LogPhase.FOLLOWING)), n < read)
            for n in range(number)
        ]

    def drawn(width: int) -> str:
        (spans,) = line.lines_for(width)
        return plain(spans)

    line._states = tuple(states(4))
    assert drawn(60).split("   ")[:4] == ["0 ●", "1 ▲ waiting", "2 off", "3 ●"]
    assert drawn(60).endswith("0-9 on or off")
    assert drawn(25) == "0 ●   1 ▲   2 off   3 ●"
    line._states = (*states(1), MemberState(LogMember("db-1", 1), True, LogHealth(LogPhase.REFUSED, "you may not")))
    assert drawn(60).endswith("  1: you may not")
    assert drawn(20).split("   ")[:2] == ["0 ●", "1 ✖"]
    line._states = tuple(states(40, 39))
    assert drawn(70).split("   ")[:4] == ["39 ordinals on", "▲ 1 waiting", "1 off", "1 not read"]
    assert drawn(70).endswith("m choose")


def test_line_counts() -> None:
    def amounts(lines: int, dropped: int = 0, *, wrap: bool = True) -> list[str]:
        return [plain(form) for form in log_amounts(lines, dropped, wrap=wrap)]

    assert amounts(0) == []
    assert amounts(1)[0] == "1 line"
    assert amounts(TAIL_LINES)[-1] == "last 10,000 lines"
    assert amounts(50_000, 1_234, wrap=False)[0] == "last 50,000 lines · 1,234 older dropped · not wrapped"
    merged = [plain(log_amounts(50_000, dropped, wrap=True, unread=True)[0]) for dropped in (0, 1)]
    assert merged == ["50,000 lines · older ones not read", "50,000 lines · 1 older dropped"]
    assert "40,001+ lines below" in plain(
        log_title(KAFKA, [LogHealth(LogPhase.FOLLOWING)], below=40_001, lines=9, more=True)
    )


def test_containers_of_a_pod() -> None:
    containers, default = containers_of(
        {
            "metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "kafka"}},
            "spec": {
                "containers": [{"name": "proxy"}, {"name": "kafka"}],
                "initContainers": [{"name": "mesh", "restartPolicy": "Always"}, {"name": "sysctl"}],
                "ephemeralContainers": [{"name": "debugger"}, "odd", {"name": None}],
            },
            "status": {
                "containerStatuses": [
                    {"name": "kafka", "restartCount": 12, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
                    {"name": "proxy", "restartCount": 0, "state": {"running": {}}},
                ],
                "initContainerStatuses": [{"name": "sysctl", "state": {"terminated": {"exitCode": 3}}}],
            },
        }
    )
    assert default == "kafka"
    assert [(one.name, one.description) for one in containers] == [
        ("proxy", "running"),
        ("kafka", "CrashLoopBackOff, 12 restarts"),
        ("mesh", "sidecar"),
        ("sysctl", "init, exited 3"),
        ("debugger", "ephemeral"),
    ]
    assert containers_of({"spec": {"containers": "none"}, "status": None}) == ((), "")
