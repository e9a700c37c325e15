"""Lines of a follow-up."""

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


def test_the_current_step_is_the_last_that_is_not_done_with_all_its_lines() -> None:
    waits = Step("zk-1 is back", False, ago(seconds=5), detail="image zookeeper:3.8.l cannot be pulled")
    lines, current = progress_step_lines(Progress((done("evict zk-2"), done("zk-2 is back"), waits)), NOW, 30)
    assert [line.rstrip() for line in text(lines)[:3]] == [
        "✔ evict zk-2   1m15s",
        "✔ zk-2 is back   1m15s",
        "◐ waiting until zk-1 is back",
    ]
    assert current == range(2, len(lines))
    assert len(current) == 4
    sent = Progress((Step("evict zk-1", False, NOW, is_request=True),))
    assert text(progress_step_lines(sent, NOW, 30)[0]) == ["◐ evict zk-1   0s"]
    over, last = progress_step_lines(Progress((done("evict zk-2"), done("zk-2 is back"))), NOW + timedelta(hours=1), 30)
    assert text(over)[1] == "✔ zk-2 is back   1m15s"
    assert last == range(1, 2)
    assert progress_step_lines(Progress(()), NOW, 30) == ([], range(0))


@pytest.mark.parametrize(
    ("progress", "lines"),
    [
        (Progress((), part=(3, 6)), ["━━━━━━━━━━━━  3 of 6", "◐ running"]),
        (
            Progress((), part=(0, 6), paused=True, words="no pod is restarted"),
            ["━━━━━━━━━━━━  0 of 6", "▲ paused: no new step starts", "  no pod is restarted"],
        ),
        (Progress((), Outcome.STOPPED, "zk-1 is next"), ["▲ stopped", "  zk-1 is next"]),
        (Progress((), Outcome.NOT_REACHED, "a\x1b[2Jb"), ["✖ goal not reached", "  a␛[2Jb"]),
    ],
)
def test_the_state_is_shown_below_the_steps(progress: Progress, lines: list[str]) -> None:
    assert text(progress_state_lines(progress, 60)) == lines
