"""`stsview status`: one set as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from stsview.cli.commands.check import check
from stsview.cli.commands.status import as_text, read_status
from stsview.cli.output.console import Console
from stsview.cli.output.document import document, to_json
from stsview.cli.support.select_sets import SetSelection, select_sets
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView, Severity
from stsview.objects.statefulset import UpdateStrategy
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import NODES, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.storage import Storage
from tests.live.conftest import Rig
from tests.support.cli.checking import advance_until_done, check_scenario, printed_at, target_of
from tests.support.model.build import NEW, OLD, look, pod, stateful_set


async def test_a_set_is_shown_with_its_pods_and_findings(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await check_scenario(rig, "broken-rollout")
    (view,) = select_sets(report.snapshot, SetSelection())
    as_text(view, report.snapshot, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{view.key}  stuck"
    (broken,) = [line for line in lines if line.startswith("2 ")]
    assert "ImagePullBackOff" in broken
    assert view.findings[0].headline in "\n".join(lines)

    content = json.loads(to_json(document("SetStatus", report.snapshot, set=view)))
    assert content["set"]["severity"] == "stuck"
    assert content["set"]["ordinals"][2]["state"]["word"] == "ImagePullBackOff"


@pytest.mark.parametrize("cells", [40, 60, 80, 100, 120, 200])
async def test_a_set_fits_the_width_of_the_terminal(rig: Rig, cells: int) -> None:
    report = await check_scenario(rig, "broken-rollout")
    (view,) = report.sets
    lines = printed_at(cells, lambda console: as_text(view, report.snapshot, console))
    assert max(map(len, lines)) <= cells
    (broken,) = [line for line in lines if line.startswith("2 ")]
    assert "ImagePullBackOff" in broken
    assert ("svc.cluster.local" in broken) == (cells == 200)


async def status_after(rig: Rig, change: Callable[[Storage], None], seconds: float) -> tuple[SetView, SetView]:
    """The set as `status` shows it some seconds after a change, and as `check` does."""
    cluster = await rig.cluster("zookeeper")
    change(cluster.storage)
    await rig.pass_time(seconds)
    _, shown = await advance_until_done(rig, read_status(target_of(rig), ModelSettings(), "zookeeper", 15, rig.clock))
    selection = SetSelection.of(("zookeeper",), None)
    report = await advance_until_done(
        rig, check(target_of(rig), ModelSettings(), selection, Level.NOTICE, 15, rig.clock)
    )
    return shown, report.sets[0]


def delete_node(storage: Storage) -> None:
    """The node that zookeeper-1 runs on."""
    (pod,) = [one for one in storage.list(PODS) if one["metadata"]["name"] == "zookeeper-1"]
    storage.delete(NODES, "", pod["spec"]["nodeName"])


def scale_up_onto_a_taken_name(storage: Storage) -> None:
    (stateful,) = storage.list(STATEFUL_SETS)
    name, namespace = stateful["metadata"]["name"], stateful["metadata"]["namespace"]
    replicas = stateful["spec"]["replicas"]
    metadata = {"name": f"{name}-{replicas}", "namespace": namespace}
    storage.create(PODS, {"metadata": metadata, "spec": {"containers": [{"name": "a", "image": "a"}]}})
    storage.modify(STATEFUL_SETS, namespace, name, lambda one: one["spec"].update(replicas=replicas + 1))


@pytest.mark.parametrize(("change", "rule"), [(delete_node, "node-gone"), (scale_up_onto_a_taken_name, "name-taken")])
async def test_status_shows_what_check_finds(rig: Rig, change: Callable[[Storage], None], rule: str) -> None:
    shown, checked = await status_after(rig, change, 4)
    assert shown.severity > Severity.HEALTHY
    assert rule in {finding.rule for finding in shown.findings}
    assert [(one.rule, one.headline) for one in shown.findings] == [
        (one.rule, one.headline) for one in checked.findings
    ]


async def test_a_healthy_set_is_shown_at_once(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    before = rig.clock.monotonic()
    await advance_until_done(rig, read_status(target_of(rig), ModelSettings(), "zookeeper", 15, rig.clock))
    assert rig.clock.monotonic() - before < 15


async def test_what_cannot_be_read_is_said_as_check_says_it(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = await rig.cluster("zookeeper")
    for plural in ("nodes", "controllerrevisions"):
        cluster.server.faults.refusals.append(Refusal(403, plural=plural))
    snapshot, view = await advance_until_done(
        rig, read_status(target_of(rig), ModelSettings(), "zookeeper", 0, rig.clock)
    )
    as_text(view, snapshot, Console())
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("? ")]
    assert sorted(printed) == [f"? {sentence}" for sentence in sorted(snapshot.health.degraded)]
    assert [sentence for sentence in printed if " nodes" in sentence]


async def test_pods_beyond_the_replica_count_are_marked_as_on_the_screen(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await check_scenario(rig, "zookeeper")
    as_text(look(stateful_set(2), [pod(0), pod(1), pod(2)]), report.snapshot, Console())
    printed = capsys.readouterr().out
    assert "2/2 ready · 1 surplus pod · " in printed
    row = next(line for line in printed.splitlines() if line.split()[:1] == ["2"])
    assert "(surplus) (next)" in row


@pytest.mark.parametrize("outdated", [True, False])
async def test_a_finished_update_is_not_shown_as_a_rollout_under_on_delete(
    rig: Rig, capsys: pytest.CaptureFixture[str], outdated: bool
) -> None:
    report = await check_scenario(rig, "zookeeper")
    stateful = stateful_set(2, current=OLD, update=NEW, strategy=UpdateStrategy(type="OnDelete"))
    view = look(stateful, [pod(0, revision=OLD if outdated else NEW), pod(1)])
    as_text(view, report.snapshot, Console())
    line = next(line for line in capsys.readouterr().out.splitlines() if "OnDelete" in line and NEW in line)
    assert (OLD in line) == outdated
