"""`stsview history`: the revisions of a set, and their differences."""

from __future__ import annotations

import asyncio
import re

import pytest

from stsview.cli.commands.history import as_text, diff_as_text, read_set_history
from stsview.cli.output.console import Console
from stsview.cli.support.errors import CommandError
from stsview.cli.support.read_revisions import History
from stsview.model.rollout.history import find_revision
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.text.template_diff import diff
from tests.live.conftest import Rig
from tests.support.cli.checking import printed_at, target_of


async def read(rig: Rig, name: str) -> History:
    task = asyncio.ensure_future(read_set_history(target_of(rig), ModelSettings(), name, rig.clock))
    await rig.until(task.done, "the history")
    return await task


async def test_revisions_are_listed_with_their_pods_and_compared(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = await rig.cluster("canary")
    namespace, name = "data", "clickhouse"

    def set_cause(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})["kubernetes.io/change-cause"] = "25.1,\x1b[31m as asked"

    cluster.edit(STATEFUL_SETS, namespace, name, set_cause, "kubectl-annotate")
    cluster.set_image(namespace, name, "clickhouse/clickhouse-server:25.1")

    def canary_is_replaced() -> bool:
        one = cluster.storage.get(STATEFUL_SETS, namespace, name)
        status, observed = one["status"], one["status"]["observedGeneration"] == one["metadata"]["generation"]
        return bool(observed and status.get("updatedReplicas") == 2 and status.get("readyReplicas") == 6)

    await rig.until(canary_is_replaced, "the two pods above the partition run the new image")
    history = await read(rig, name)
    assert [entry.revision.number for entry in history.entries] == [3, 2, 1]
    assert [len(entry.pods) for entry in history.entries] == [2, 0, 4]
    as_text(history, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["REV", "NAME", "CREATED", "LAST", "APPLIED", "BY", "PODS", "CAUSE"]
    assert "update" in lines[1]
    assert "25.1," in lines[1]
    assert "current" in lines[3]
    assert "\x1b" not in "".join(lines)
    assert lines[1].count(" UTC  ") == 2

    for cells in (60, 80):
        lines = printed_at(cells, lambda console: as_text(history, console))
        assert max(map(len, lines)) <= cells
        assert re.match(r"3 +[0-9a-f]+ +(\d+s +)?\d+s +", lines[1]), "ages where the times do not fit"
        assert "update" in lines[1]

    first, last = (find_revision(history.entries, text, name) for text in ("current", "3"))
    diff_as_text((first.name, 1), (last.name, 3), diff(first, last), Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"--- {first.name}  (revision 1)"
    assert "@@ spec.containers[clickhouse].image" in lines[2]
    assert "-    image: clickhouse/clickhouse-server:24.8" in lines
    assert "+    image: clickhouse/clickhouse-server:25.1" in lines


async def test_without_access_to_revisions_the_error_says_so(rig: Rig) -> None:
    cluster = await rig.cluster("canary")
    cluster.server.faults.refusals.append(Refusal(403, plural="controllerrevisions"))
    with pytest.raises(CommandError, match="you may not list and watch controllerrevisions"):
        await read(rig, "clickhouse")
