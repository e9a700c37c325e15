"""`stsview check`, `status` and `explain`: what scripts are told."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from xml.etree import ElementTree as ET

import pytest

from stsview.cli.commands import explain
from stsview.cli.commands.check import Report, check
from stsview.cli.commands.status import as_text as status_as_text
from stsview.cli.output.check_formats import as_json, as_junit, as_text
from stsview.cli.output.console import Console
from stsview.cli.output.document import document, plain_value, to_json
from stsview.cli.support.connect import CouldNotLook
from stsview.cli.support.select_sets import Wanted, selected
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.triage.catalogue import BY_ID, CATALOGUE
from tests.live.conftest import STEPS, Rig

T = TypeVar("T")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests runs ahead of their sockets."""
    monkeypatch.setattr("stsview.cli.support.connect.PATIENCE_SECONDS", 1e9)


async def through(rig: Rig, doing: Awaitable[T]) -> T:
    """What comes of it while time passes on the clock."""
    task = asyncio.ensure_future(doing)
    for _ in range(STEPS):
        if task.done():
            return await task
        await rig.clock.advance(0.05)
        await asyncio.sleep(0)
    raise AssertionError("it does not end")


async def looked(rig: Rig, scenario: str, *names: str, settle: float = 0.0, least: Level = Level.NOTICE) -> Report:
    await rig.cluster(scenario)
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    wanted = Wanted.of(names, None)
    return await through(rig, check(target, ModelSettings(), wanted, least, settle, rig.clock))


async def test_a_broken_set_is_told_in_every_format(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await looked(rig, "broken-rollout", least=Level.WARNING)
    ((view, finding),) = report.findings
    assert finding.level is Level.ERROR
    as_text(report, Level.WARNING)
    printed = capsys.readouterr().out
    assert f"{view.key}  {finding.headline}" in printed
    assert "    step 1    delete mongodb-2: it comes back on 5d6bbd9d8f  disrupts\n" in printed
    assert printed.endswith("1 error in 1 set\n")
    assert "\x1b" not in printed

    as_json(report, Level.WARNING)
    told = json.loads(capsys.readouterr().out)
    assert (told["apiVersion"], told["kind"], told["failed"]) == ("stsview/v1", "CheckReport", True)
    assert told["findings"][0]["headline"] == finding.headline
    assert told["findings"][0]["level"] == "error"
    assert told["sets"] == [{"namespace": view.namespace, "name": view.name, "severity": "stuck"}]

    as_junit(report, Level.WARNING)
    suite = ET.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    assert suite.attrib["failures"] == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == finding.rule

    soon = replace(finding, so="it goes", until=report.snapshot.now + timedelta(minutes=4))
    as_text(replace(report, findings=((view, soon),)), Level.WARNING)
    assert "it goes, in 4m\n" in capsys.readouterr().out


async def test_a_healthy_set_has_nothing_and_a_second_look_is_not_taken_where_time_tells_nothing(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    await rig.cluster("zookeeper")
    before = rig.clock.monotonic()
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    report = await through(rig, check(target, ModelSettings(), Wanted(), Level.NOTICE, 3600, rig.clock))
    assert report.findings == ()
    assert rig.clock.monotonic() - before < 600
    as_text(report, Level.WARNING)
    assert capsys.readouterr().out == "nothing found in 1 set\n"


async def test_a_set_that_is_not_there_cannot_be_looked_at(rig: Rig) -> None:
    with pytest.raises(CouldNotLook, match="there is no StatefulSet kafka in all namespaces"):
        await looked(rig, "zookeeper", "kafka")


async def test_whoever_may_not_see_the_sets_is_not_told_that_nothing_was_found(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    looking = check(target, ModelSettings(), Wanted(), Level.NOTICE, 0, rig.clock)
    cluster.server.faults.refusals.append(Refusal(403, plural="statefulsets"))
    with pytest.raises(CouldNotLook, match="you may not list and watch statefulsets in all namespaces"):
        await through(rig, looking)


async def test_whoever_may_list_but_not_watch_can_look_as_well(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.refusals.append(Refusal(403, verbs=("watch",)))
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    report = await through(rig, check(target, ModelSettings(), Wanted(), Level.NOTICE, 0, rig.clock))
    assert ([view.key.name for view in report.sets], report.findings) == (["zookeeper"], ())


async def test_a_server_that_is_gone_between_the_looks_is_no_all_clear(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = await rig.cluster("zookeeper")
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    looked_once = asyncio.Event()

    def tells_more(*_: object) -> bool:
        looked_once.set()
        return True

    monkeypatch.setattr("stsview.cli.commands.check._tells_more", tells_more)
    checking = asyncio.ensure_future(check(target, ModelSettings(), Wanted(), Level.NOTICE, 60, rig.clock))
    await rig.until(looked_once.is_set, "it has looked once")
    await cluster.server.stop()
    with pytest.raises(CouldNotLook):
        await through(rig, checking)


async def test_a_set_is_shown_as_on_its_screen(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await looked(rig, "broken-rollout")
    (view,) = selected(report.snapshot, Wanted())
    status_as_text(view, report.snapshot.now, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{view.key}  stuck"
    (broken,) = [line for line in lines if line.startswith("2 ")]
    assert "ImagePullBackOff" in broken
    assert view.findings[0].headline in "\n".join(lines)

    told = json.loads(to_json(document("SetStatus", report.snapshot, set=view)))
    assert told["set"]["severity"] == "stuck"
    assert told["set"]["ordinals"][2]["state"]["word"] == "ImagePullBackOff"


SET_FIELDS = """
    key uid severity severitySince replicas start ready available policy minReadySeconds whenScaled whenDeleted ordinals
    rollout wait service claimsBound claimsExpected claimsBytes labels created images unknown why budget writers
    writersUnknown findings
"""

FINDING_FIELDS = "rule level object headline since evidence certainty remedies ordinals so until below"

ORDINAL_FIELDS = """
    ordinal name place state uid ready available revision atUpdate next node podIp role restarts claims dns nodeState
"""


async def test_fields_of_the_documents_stay(rig: Rig) -> None:
    """Scripts rely on them: within a version, fields are only added."""
    report = await looked(rig, "broken-rollout")
    told = plain_value(report.sets[0])
    assert set(SET_FIELDS.split()) <= set(told)
    assert set(FINDING_FIELDS.split()) <= set(told["findings"][0])
    assert set(ORDINAL_FIELDS.split()) <= set(told["ordinals"][0])
    assert report.sets[0].severity is Severity.STUCK


def test_the_catalogue_is_printed_and_each_rule_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(argparse.Namespace(rule=None)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CATALOGUE) == len(BY_ID)
    for rule in CATALOGUE:
        assert explain.run(argparse.Namespace(rule=rule.id)) == 0
        printed = capsys.readouterr().out
        assert rule.title in printed
        assert rule.source in printed
    assert explain.run(argparse.Namespace(rule="set-stuk")) == 2
    assert capsys.readouterr().err == "stsview: there is no rule 'set-stuk'; did you mean set-stuck?\n"


def test_a_former_rule_id_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(argparse.Namespace(rule="held-up")) == 0
    assert capsys.readouterr().out.startswith("set-stuck ")
