"""The journal of an ordered restart: true wherever the process is killed, and resumed by a new plan."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from stsview.actions.errors import Refused
from stsview.actions.execution.journal_folder import JournalFailed
from stsview.actions.intents import Order, RemovalMethod
from stsview.actions.operations.ordered_restart import journal as restart_journal
from stsview.actions.operations.ordered_restart.journal import (
    Current,
    Done,
    Journal,
    Options,
    Unfinished,
    discard,
    locked,
    remove,
    unfinished,
    write,
)
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.actions.run import Run
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.restarting import Once, dies, done, evictions, follow, new, quietly, restart, uids

JOURNAL = Journal(
    id="2026-01-01T00:00:00.000Z",
    namespace="db",
    set="web",
    uid="0b1c",
    context="prod",
    server="https://10.0.0.1",
    started="2026-01-01T00:00:00.000Z",
    revision="web-abc",
    options=Options(Order.HIGHEST_FIRST, "role=leader", RemovalMethod.DELETION, 30.0, "true", True),
    done=(Done("web-3", "a", "b", "2026-01-01T00:01:00.000Z"),),
    current=Current("web-2", 2, "c"),
    left=(0, 1),
)


def test_a_journal_is_written_read_and_discarded(tmp_path: Path) -> None:
    assert unfinished(tmp_path, "0b1c") is None
    discard(tmp_path, "0b1c")
    with locked(tmp_path, "0b1c"):
        write(tmp_path, JOURNAL)
        running = unfinished(tmp_path, "0b1c")
        with pytest.raises(JournalFailed, match="another stsview is restarting this StatefulSet"):
            discard(tmp_path, "0b1c")
    assert running is not None
    assert running.running
    assert running.words == (
        "the running restart of 2026-01-01T00:00:00.000Z: web-3 done, web-2 in progress, web-0 and web-1 left"
    )
    found = unfinished(tmp_path, "0b1c")
    assert found is not None
    assert (found.journal, found.running, found.fault) == (JOURNAL, False, "")
    assert found.words == (
        "the unfinished restart of 2026-01-01T00:00:00.000Z: web-3 done, web-2 in progress, web-0 and web-1 left"
    )
    intent = found.intent()
    assert intent is not None
    assert (intent.set, intent.set_uid, intent.seen_revision) == (("db", "web"), "0b1c", "web-abc")
    assert (intent.order, intent.only, intent.last, intent.means) == (
        Order.LISTED,
        (2, 0, 1),
        "role=leader",
        RemovalMethod.DELETION,
    )
    assert (intent.soak, intent.command, intent.other_revision, intent.continues) == (30.0, "true", True, JOURNAL.id)
    assert found.path.stat().st_mode & 0o777 == 0o600
    assert found.path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.suffix for path in found.path.parent.iterdir()) == [".json", ".lock"]
    discard(tmp_path, "0b1c")
    assert unfinished(tmp_path, "0b1c") is None


def test_many_pods_are_shortened() -> None:
    begun = msgspec.structs.replace(JOURNAL, current=None, left=tuple(range(48, -1, -1)))
    words = Unfinished(Path("journal"), begun, running=False).words
    assert words.startswith("the unfinished restart of ")
    assert words.endswith(": web-3 done, web-48 to web-0 (49 pods) left")


def test_a_uid_cannot_leave_the_folder(tmp_path: Path) -> None:
    for uid in ("../../etc/passwd", "a/b", "", "x" * 300, "\ud800", "."):
        with locked(tmp_path / "state", uid):
            assert unfinished(tmp_path / "state", uid) is None
    assert {path.parent.name for path in tmp_path.rglob("*.lock")} == {"restarts"}
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff\xfe", b'{"id": 7}', b'{"version": "stsview/v9"}', b"[" * 100_000, b"null"]
)
def test_a_malformed_journal_is_reported(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "restarts" / "0b1c.json"
    path.parent.mkdir()
    path.write_bytes(data)
    found = unfinished(tmp_path, "0b1c")
    assert found is not None
    assert found.words == (
        f"an earlier restart, of which the journal cannot be read: {path} is not the journal of a restart"
    )
    assert found.intent() is None


def test_a_foreign_or_unreadable_journal_is_reported(tmp_path: Path) -> None:
    with locked(tmp_path, "0b1c"):
        write(tmp_path, JOURNAL)
    path = tmp_path / "restarts" / "0b1c.json"
    path.rename(path.with_name("other.json"))
    found = unfinished(tmp_path, "other")
    assert found is not None
    assert found.fault.endswith("belongs to another set or another version of stsview")
    path.mkdir()
    found = unfinished(tmp_path, "0b1c")
    assert found is not None
    assert found.fault.endswith("Is a directory")
    with pytest.raises(JournalFailed, match="cannot remove the journal"):
        remove(tmp_path, "0b1c")
    path.rmdir()
    path.symlink_to(path.with_name("other.json"))
    found = unfinished(tmp_path, "0b1c")
    assert found is not None
    assert found.journal is None


def test_a_failed_write_keeps_the_former_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(tmp_path, "0b1c"):
        write(tmp_path, JOURNAL)

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(JournalFailed, match="No space left on device"):
            write(tmp_path, replaced_done(JOURNAL))
        with pytest.raises(JournalFailed, match="not valid text"):
            write(tmp_path, replaced_done(JOURNAL, context="\ud800"))
    found = unfinished(tmp_path, "0b1c")
    assert found is not None
    assert found.journal == JOURNAL
    assert sorted(path.suffix for path in found.path.parent.iterdir()) == [".json", ".lock"]


def replaced_done(journal: Journal, **changes: str) -> Journal:
    return msgspec.structs.replace(journal, **{"done": (), **changes})


async def test_a_running_process_differs_from_a_killed_one(harness: ActionHarness) -> None:
    folder = harness.log.path.parent
    await killed(harness, await harness.confirm(await harness.plan(restart(harness))), 6)
    found = unfinished(folder, harness.view().uid)
    assert found is not None
    hold = (
        "import sys; from pathlib import Path; from stsview.actions.operations.ordered_restart.journal import locked\n"
        "with locked(Path(sys.argv[1]), sys.argv[2]): print('held', flush=True); sys.stdin.read()"
    )
    await harness.rig.until(lambda: harness.view().available == 3, "nothing is down", step=0.5)
    confirmed = await harness.confirm(await harness.plan(restart(harness)))
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-c", hold, str(folder), harness.view().uid)
    other = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"held\n"
    plan = await harness.plan(restart(harness))
    assert check(plan, "unfinished").result is Result.FAIL
    assert check(plan, "unfinished").words.startswith("another stsview is restarting it: ")
    told = await harness.carry_out(confirmed)
    assert told[-1].outcome is Outcome.REFUSED
    assert told[-1].words == "another stsview is restarting this StatefulSet; nothing was sent"
    other.kill()
    await other.wait()
    found = unfinished(folder, harness.view().uid)
    assert found is not None
    assert not found.running
    plan = await harness.plan(restart(harness))
    assert check(plan, "unfinished").result is Result.WARN
    assert plan.safer[0].words == f"resume {found.words}"


async def killed(harness: ActionHarness, run: Run, after: int) -> bool:
    """Follow it for so many changes, and then as if the process were gone; whether it was not over before."""
    seen = 0

    async def go() -> None:
        nonlocal seen
        async for _ in run.follow():
            seen += 1
            if seen > after:
                raise asyncio.CancelledError

    task = asyncio.ensure_future(go())
    await harness.rig.until(task.done, "it is killed, or through", step=0.25)
    with suppress(asyncio.CancelledError):
        await task
    return seen > after


async def test_killed_anywhere_it_can_be_resumed(harness: ActionHarness) -> None:
    folder, after, tried = harness.log.path.parent, 0, 0
    while True:
        before, sent = uids(harness), len(evictions(harness))
        run = await harness.confirm(await harness.plan(restart(harness, only=(2, 1))))
        if not await killed(harness, run, after):
            break
        found = unfinished(folder, harness.view().uid)
        gone = {
            name
            for name, uid in before.items()
            if uids(harness).get(name) != uid
            or "deletionTimestamp" in harness.cluster.storage.get(PODS, "default", name)["metadata"]
        }
        if found is None:
            assert gone in (set(), {"zookeeper-2", "zookeeper-1"}), after
        else:
            assert found.journal is not None
            finished = {one.name for one in found.journal.done}
            current = {found.journal.current.name} if found.journal.current is not None else set()
            left = {f"zookeeper-{ordinal}" for ordinal in found.journal.left}
            assert finished <= gone <= finished | current, after
            assert finished | current | left == {"zookeeper-2", "zookeeper-1"}
            intent = found.intent()
            assert intent is not None
            on = await harness.plan(intent)
            assert check(on, "unfinished").result is Result.PASS
            told = await harness.carry_out(await harness.confirm(on))
            assert (told[-1].outcome, told[-1].part) == (Outcome.REACHED, (2, 2)), (after, told[-1])
            assert new(harness, before) == {"zookeeper-2", "zookeeper-1"}
            assert evictions(harness)[sent:] == ["zookeeper-2", "zookeeper-1"], after
            tried += 1
        assert unfinished(folder, harness.view().uid) is None
        after += 3
    assert tried > 5


async def test_only_the_intended_restart_is_resumed(harness: ActionHarness) -> None:
    folder = harness.log.path.parent
    await killed(harness, await harness.confirm(await harness.plan(restart(harness))), 8)
    found = unfinished(folder, harness.view().uid)
    assert found is not None
    intent = found.intent()
    assert intent is not None
    other = await harness.plan(replace(intent, continues="another"))
    assert check(other, "unfinished").result is Result.FAIL
    assert check(other, "unfinished").words.startswith("this is not the restart to resume: ")
    plan = await harness.plan(intent)
    assert plan.title == "Resume restart of default/zookeeper, one pod at a time"
    assert plan.steps[0].startswith("wait until zookeeper-2, which was removed earlier, is available on ")
    run = await harness.confirm(plan)
    discard(folder, harness.view().uid)
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert "belongs to another restart than the one to resume" in told[-1].words
    with pytest.raises(Refused, match="there is no unfinished restart to resume"):
        await harness.confirm(await harness.plan(intent))


async def test_a_changed_template_is_not_resumed(harness: ActionHarness) -> None:
    await killed(harness, await harness.confirm(await harness.plan(restart(harness))), 8)
    found = unfinished(harness.log.path.parent, harness.view().uid)
    assert found is not None
    intent = found.intent()
    assert intent is not None
    harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9")
    await harness.rig.until(lambda: harness.view().rollout.update != intent.seen_revision, "it is seen")
    plan = await harness.plan(intent)
    assert check(plan, "seen").result is Result.FAIL
    assert " now; the earlier restart used " in check(plan, "seen").words


async def test_nothing_is_sent_without_a_journal(harness: ActionHarness) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(restart(harness)))
    folder = harness.log.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "restarts").write_text("no folder")
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert told[-1].words.endswith("; nothing was sent")
    assert not new(harness, before)
    assert evictions(harness) == []


async def test_a_full_disk_stops_it_before_the_next_pod(
    harness: ActionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await harness.confirm(await harness.plan(restart(harness)))

    def fill() -> None:
        def full(*_: object) -> None:
            raise JournalFailed("cannot write the journal /state/x.json: No space left on device")

        monkeypatch.setattr(restart_journal, "write", full)

    filled = Once(fill)
    await follow(harness, run, lambda one: filled() if done(one, "evict zookeeper-2") else None)
    assert run.progress.outcome is Outcome.NOT_REACHED
    assert run.progress.words.endswith(
        "No space left on device; nothing else is sent; zookeeper-2 restarted; "
        "zookeeper-1 and zookeeper-0 not restarted"
    )
    assert evictions(harness) == ["zookeeper-2"]


async def test_a_pod_replaced_after_a_kill_is_not_evicted(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(restart(harness, only=(2,))))
    dies(harness, "zookeeper-2")
    await killed(harness, run, 1)
    found = unfinished(harness.log.path.parent, harness.view().uid)
    assert found is not None
    intent = found.intent()
    assert intent is not None
    on = await harness.confirm(await harness.plan(intent))
    task = asyncio.ensure_future(quietly(on))
    await harness.rig.until(task.done, "it is through", step=0.5)
    assert on.progress.outcome is Outcome.REACHED
    assert evictions(harness) == []
