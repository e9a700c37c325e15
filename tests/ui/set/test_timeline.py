"""The latest replacements on one time scale."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stsview.model.rollout.detail import EventView
from stsview.model.views import ContainerRuns, OrdinalView, Phase, SetView, Severity, Stretch, Wait, WaitReason
from stsview.text import glyphs
from stsview.ui.kit.look.roles import plain
from stsview.ui.set.head_lines import wait_sentence
from stsview.ui.set.timeline import (
    Replacement,
    container_exits,
    deletion_times,
    lines_wanted,
    recent_replacements,
    timeline,
    title,
)
from tests.support.ui.fleets import NOW, ago, kafka, ordinal_of


def _set(*ordinals: OrdinalView) -> SetView:
    return replace(kafka(), ordinals=ordinals)


def _done(ordinal: int, created: float, *, took: float = 60) -> OrdinalView:
    """An ordinal whose pod was created this many seconds ago, and Ready after `took`."""
    phases = (
        Phase(Stretch.PLACING, ago(seconds=created), ago(seconds=created - took / 4)),
        Phase(Stretch.STARTING, ago(seconds=created - took / 4), ago(seconds=created - took)),
    )
    return replace(ordinal_of("kafka", ordinal), phases=phases)


def test_replacements_share_one_scale_the_latest_first() -> None:
    story = recent_replacements(_set(_done(0, 80), _done(1, 160)), {"kafka-0": ago(seconds=100)}, NOW)
    assert story is not None
    assert (story.start, story.end) == (ago(seconds=160), ago(seconds=20))
    lower, upper, legend = (plain(line) for line in timeline(story, NOW, 7 + 2 + 12 + 10 + len("Ready"), 9))
    assert upper[:21] == "kafka-1  " + "░▓▓▓▓       "
    assert lower[:9] == "kafka-0  "
    assert [lower[9:21].count(sign) for sign in "▒░▓"] == [2, 1, 4]
    assert upper.endswith("1m00s  Ready")
    assert lower.endswith("1m20s  Ready")
    assert legend == "▒ ending   ░ scheduling, attaching   ▓ starting   "
    assert title(story, NOW).startswith("Timeline  ")
    assert lines_wanted(story) == 3


def test_an_older_replacement_is_left_out() -> None:
    story = recent_replacements(_set(_done(0, 86_400), _done(1, 160)), {}, NOW)
    assert story is not None
    assert [one.ordinal.name for one in story.rows] == ["kafka-1"]
    assert recent_replacements(_set(ordinal_of("kafka", 0)), {}, NOW) is None


def test_a_running_replacement_extends_to_now_and_exits_are_marked() -> None:
    crashing = next(row for row in kafka().ordinals if row.ordinal == 3)
    phases = (Phase(Stretch.PLACING, ago(seconds=100), ago(seconds=90)), Phase(Stretch.STARTING, ago(seconds=90)))
    story = recent_replacements(_set(replace(crashing, phases=phases, died=ago(seconds=50))), {}, NOW)
    assert story is not None
    assert title(story, NOW).endswith("- now")
    (line, legend) = timeline(story, NOW, 7 + 2 + 29 + 10 + len("CrashLoopBackOff"), 5)
    assert plain(line)[9 : 9 + 29] == "░░░" + "▓" * 11 + "✖" + "▓" * 14
    assert plain(legend).endswith("✖ last container exit")


def test_the_next_ordinal_is_named_and_the_rest_counted() -> None:
    ordinals = [*(_done(number, 300 - number) for number in range(5)), replace(ordinal_of("kafka", 7), next=True)]
    story = recent_replacements(_set(*ordinals), {}, NOW)
    assert story is not None
    assert plain(timeline(story, NOW, 80, 9)[0]).split() == ["kafka-7", "next"]
    few = [plain(line) for line in timeline(story, NOW, 80, 3)]
    assert few[-1] == "and 4 more"
    assert len(few) == 3


def test_the_pod_that_is_being_replaced_comes_first() -> None:
    under_way = replace(_done(3, 30), phases=(Phase(Stretch.PLACING, ago(seconds=30)),))
    ordinals = [replace(ordinal_of("kafka", 2), next=True), under_way, _done(4, 130), _done(5, 230)]
    story = recent_replacements(_set(*ordinals), {}, NOW)
    assert story is not None
    shown = [plain(line).split()[0] for line in timeline(story, NOW, 80, 4)]
    assert shown == ["kafka-3", "kafka-2", "kafka-4", "kafka-5"]
    assert plain(timeline(story, NOW, 80, 1)[0]) == "and 4 more"


def _crash_loop(exits: int, seconds: float, *, running: bool = False) -> Replacement:
    """A pod that began to start `seconds` ago, and whose container ran 2 s before each exit."""
    runs = ContainerRuns(exits, ago(seconds=12), ago(seconds=10), ago(seconds=4) if running else None)
    phases: tuple[Phase, ...] = (Phase(Stretch.PLACING, ago(seconds=seconds + 5), ago(seconds=seconds)),)
    phases += (Phase(Stretch.STARTING, ago(seconds=seconds)),)
    row = next(row for row in kafka().ordinals if row.ordinal == 3)
    return Replacement(replace(row, phases=phases, runs=runs, died=runs.ended), phases)


def test_restarts_are_a_saw_tooth_that_follows_the_back_off() -> None:
    # 6 exits, and the waits between them: 0, 10, 20, 40, 80 s
    crashing = _crash_loop(6, 6 * 2 + 150 + 10)
    exits = container_exits(crashing)
    assert exits[-1] == ago(seconds=10)
    waits = [round((later - earlier).total_seconds()) - 2 for earlier, later in itertools.pairwise(exits)]
    assert waits == [0, 10, 20, 40, 80]
    story = recent_replacements(_set(crashing.ordinal), {}, NOW)
    assert story is not None
    line, legend = timeline(story, NOW, 7 + 2 + 60 + 10 + len("CrashLoopBackOff"), 5)
    assert plain(line)[9:69].split() == ["░░▓✖", "▓✖", "▓✖", "▓✖", "▓✖"]
    assert plain(line)[9:69].rstrip().endswith(" ▓✖")
    assert plain(legend).endswith("✖ container exits, all but the last estimated")


def test_restarts_that_the_back_off_does_not_explain_are_not_estimated() -> None:
    assert container_exits(_crash_loop(3, 9_000)) == (ago(seconds=10),)
    assert container_exits(_crash_loop(40, 60)) == (ago(seconds=10),)
    assert container_exits(_crash_loop(3, 24, running=True))[-1] == ago(seconds=10)


@given(st.integers(1, 3_000), st.integers(11, 20_000), st.integers(1, 120), st.booleans())
@settings(max_examples=100)
def test_every_crash_loop_keeps_the_width_and_the_last_exit(exits: int, seconds: int, room: int, running: bool) -> None:
    story = recent_replacements(_set(_crash_loop(exits, seconds, running=running).ordinal), {}, NOW)
    assert story is not None
    cells = 7 + 2 + room + 10 + len("CrashLoopBackOff")
    line = plain(timeline(story, NOW, cells, 1)[0])
    assert len(line) <= max(cells, 7 + 2 + 8 + 10 + len("CrashLoopBackOff"))
    assert "✖" in line


def test_phases_are_letters_without_unicode() -> None:
    glyphs.use(glyphs.ASCII)
    story = recent_replacements(_set(_done(0, 80)), {"kafka-0": ago(seconds=100)}, NOW)
    assert story is not None
    line = plain(timeline(story, NOW, 60, 1)[0])
    assert line.isascii()
    assert {"e", ".", "s"} <= set(line[9:38])


def test_a_rollout_shows_the_next_ordinal_and_the_estimated_time() -> None:
    wait = Wait(WaitReason.NOT_READY, "waits for kafka-3", "starting", 3, ago(seconds=9), Severity.ROLLING)
    view = kafka()
    view = replace(
        view,
        wait=replace(wait, next="then kafka-2 is replaced"),
        rollout=replace(view.rollout, pace=30.0, left=4),
    )
    assert plain(wait_sentence(view, NOW)) == (
        "waits for kafka-3 · starting · 9s · then kafka-2 is replaced · about 2m left for 4 pods"
    )
    stuck = replace(view, wait=replace(view.wait, severity=Severity.STUCK))
    assert "about" not in plain(wait_sentence(stuck, NOW))


def test_deletion_times_come_from_events_of_the_controller() -> None:
    def event(message: str, minutes: float, reason: str = "SuccessfulDelete") -> EventView:
        return EventView("StatefulSet", "kafka", False, reason, message, ago(hours=1), ago(minutes=minutes), 2)

    events = [
        event("delete Pod kafka-1 in StatefulSet kafka successful", 9),
        event("Delete Pod kafka-1 in StatefulSet kafka successful", 3),
        event("delete Pod kafka-0 in StatefulSet kafka successful", 5, "FailedDelete"),
        event("create Pod kafka-2 in StatefulSet kafka successful", 5),
    ]
    assert deletion_times(events) == {"kafka-1": ago(minutes=3)}


def test_a_deletion_of_another_pod_of_the_name_is_left_out() -> None:
    def event(kind: str, reason: str, message: str, minutes: float, *, former: bool = False) -> EventView:
        name = "kafka" if kind == "StatefulSet" else "kafka-1"
        last = ago(minutes=minutes)
        return EventView(kind, name, False, reason, message, last, last, 1, former=former)

    deleted = event("StatefulSet", "SuccessfulDelete", "delete Pod kafka-1 in StatefulSet kafka successful", 9)
    before = event("Pod", "Started", "Started container kafka", 20, former=True)
    present = event("Pod", "Started", "Started container kafka", 2)
    between = event("Pod", "Started", "Started container kafka", 8, former=True)
    assert deletion_times([before, deleted, present]) == {"kafka-1": ago(minutes=9)}
    assert deletion_times([before, deleted, between, present]) == {}


def test_an_absence_after_a_scale_down_is_no_termination() -> None:
    row = replace(_done(0, 80), grace_seconds=30)
    for seconds, start in ((100, 100), (170, 170), (171, 80), (900, 80)):
        story = recent_replacements(_set(row), {"kafka-0": ago(seconds=seconds)}, NOW)
        assert story is not None
        assert story.start == ago(seconds=start)
