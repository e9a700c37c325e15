"""How far an action is, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from stsview.actions.progress import Outcome, Progress, Step
from stsview.ui.changes.progress_lines import progress_state_lines, progress_step_lines
from stsview.ui.kit.look.roles import Spans
from tests.support.ui.fleets import NOW, ago


def text(lines: Sequence[Spans]) -> list[str]:
    return ["".join(word for word, _ in line) for line in lines]


def done(words: str) -> Step:
    return Step(words, True, ago(seconds=75), NOW)


def test_the_present_step_is_the_last_that_is_not_through_with_all_its_lines() -> None:
    waits = Step("zk-1 is back", False, ago(seconds=5), detail="image zookeeper:3.8.l cannot be pulled")
    lines, present = progress_step_lines(Progress((done("evict zk-2"), done("zk-2 is back"), waits)), NOW, 30)
    assert text(lines)[:3] == ["✔ evict zk-2   1m15s", "✔ zk-2 is back   1m15s", "◐ zk-1 is back   5s"]
    assert present == range(2, len(lines))
    assert len(present) == 3
    over, last = progress_step_lines(Progress((done("evict zk-2"), done("zk-2 is back"))), NOW + timedelta(hours=1), 30)
    assert text(over)[1] == "✔ zk-2 is back   1m15s"
    assert last == range(1, 2)
    assert progress_step_lines(Progress(()), NOW, 30) == ([], range(0))


@pytest.mark.parametrize(
    ("progress", "lines"),
    [
        (Progress((), part=(3, 6)), ["━━━━━━━━━━━━  3 of 6", "◐ under way"]),
        (
            Progress((), part=(0, 6), paused=True, words="none is restarted"),
            ["━━━━━━━━━━━━  0 of 6", "▲ paused: no further step is begun", "  none is restarted"],
        ),
        (Progress((), Outcome.STOPPED, "stopped"), ["▲ no longer followed", "  stopped"]),
        (Progress((), Outcome.NOT_REACHED, "a\x1b[2Jb"), ["✖ not reached", "  a␛[2Jb"]),
    ],
)
def test_how_it_stands_is_said_below_the_steps(progress: Progress, lines: list[str]) -> None:
    assert text(progress_state_lines(progress, 60)) == lines
