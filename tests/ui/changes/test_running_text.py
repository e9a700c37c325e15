"""Notice line, quit warning, and text about an unfinished restart."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from stsview.actions.intents import Intent, Order, OrderedRestart, Reconcile, RemovalMethod, Unblock
from stsview.actions.operations.ordered_restart.journal import Current, Done, Journal, Options, Unfinished
from stsview.actions.progress import Outcome, Progress, Step
from stsview.objects.meta import Key
from stsview.text.terminal_text import width
from stsview.ui.changes.running_text import notice_forms, quit_warning, share_text, unfinished_text
from stsview.ui.kit.look.roles import plain
from tests.support.ui.fake_actions import plan_of
from tests.support.ui.fleets import NOW, ago

ZK = Key("data", "zk")
JOURNAL = Journal(
    id="one",
    namespace="data",
    set="zk",
    uid="set",
    context="prod",
    server="https://10.0.0.1",
    started=ago(minutes=4).isoformat(),
    revision="zk-new",
    options=Options(Order.HIGHEST_FIRST, "", RemovalMethod.EVICTION, 0.0, "", False),
    done=(Done("zk-4", "a", "b", ""), Done("zk-3", "c", "d", "")),
    current=Current("zk-2", 2, "uid"),
    left=(1, 0),
)


def unfinished(journal: Journal | None = JOURNAL, *, running: bool = False, fault: str = "") -> Unfinished:
    return Unfinished(Path("journal"), journal, running, fault)


def test_a_notice_fits_the_line_and_keeps_its_key_longest() -> None:
    steps = (Step("evict zk-2", True, NOW, NOW), Step("the new zk-2 is available", False, NOW))
    forms = [plain(form) for form in notice_forms("Restart data/zk", Progress(steps, part=(2, 5)), others=1)]
    assert (
        forms[0]
        == "◐ Restart data/zk  ━━━━━━━━━━━━ · 2 of 5 · waiting until the new zk-2 is available · 1 more   a: show"
    )
    assert forms[-1] == "◐ Restart data/zk · 2 of 5   a: show"
    assert [len(form) for form in forms] == sorted((len(form) for form in forms), reverse=True)
    paused = [plain(form) for form in notice_forms("R" * 200, Progress(steps, paused=True))]
    assert paused[-1].startswith("▲ RRRR")
    assert paused[-1].endswith("… · paused   a: show")
    assert width(paused[-1]) <= 80
    assert "available" not in paused[0]
    broken = Progress(steps, Outcome.NOT_REACHED, "zk-2 is CrashLoopBackOff", part=(2, 5))
    failed = [plain(form) for form in notice_forms("Restart data/zk", broken)]
    assert failed[0] == "✖ Restart data/zk · goal not reached · zk-2 is CrashLoopBackOff   a: show"
    assert failed[-1] == "✖ Restart data/zk · goal not reached   a: show"
    assert share_text(Progress(steps, paused=True, part=(2, 5))) == "2 of 5, paused"
    assert share_text(Progress(steps)) == ""


@pytest.mark.parametrize(
    ("intent", "warning"),
    [
        (OrderedRestart(ZK, "set", "zk-new"), "r on the set continues it later"),
        (Unblock(ZK, "set", "zk-new"), "no more pods are unblocked"),
        (Reconcile(ZK, "set"), "it continues in the cluster"),
    ],
)
def test_the_quit_warning_says_what_continues(intent: Intent, warning: str) -> None:
    assert quit_warning(plan_of(intent)).endswith(warning)


def test_an_unfinished_restart_is_described_in_numbers_and_few_names() -> None:
    assert unfinished_text(unfinished(), NOW) == (
        "a restart started 4m ago was not finished: 2 of 5 pods done; zk-2 was in progress; remaining: zk-1 and zk-0"
    )
    elsewhere = unfinished(msgspec.structs.replace(JOURNAL, left=(), done=(), started="yesterday"), running=True)
    assert unfinished_text(elsewhere, NOW) == (
        "a restart is running, here or in another stsview: 0 of 1 pod done; zk-2 is in progress"
    )
    assert "cannot be read: it is torn" in unfinished_text(unfinished(None, fault="it is torn"), NOW)
