"""`stsview check`: findings as text, JSON and JUnit XML."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec import structs
from msgspec.structs import replace

from stsview.cli.commands.check import check
from stsview.cli.output.check_formats import CheckReport, as_json, as_junit, as_text
from stsview.cli.output.document import plain_value
from stsview.cli.output.sarif import as_sarif
from stsview.cli.support.errors import CommandError
from stsview.cli.support.select_sets import SetSelection
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Finding, Level, Ref
from stsview.model.settings import Acknowledgement, ModelSettings
from stsview.model.views import Severity
from stsview.objects.meta import Key
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig
from tests.support.cli.checking import advance_until_done, check_scenario, printed_at, target_of


async def test_a_broken_set_is_reported_in_every_format(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await check_scenario(rig, "broken-rollout", lowest=Level.WARNING)
    ((view, finding),) = report.findings
    assert finding.level is Level.ERROR
    as_text(report, Level.WARNING)
    printed = capsys.readouterr().out
    line, summary = printed.splitlines()
    revision = view.rollout.update.removeprefix("mongodb-")
    assert line.startswith(f"✖  data/mongodb-2  blocks its own update: delete the pod to move it to {revision}  ")
    assert summary == "1 finding in 1 StatefulSet in all namespaces"
    assert "\x1b" not in printed

    for cells in (60, 80, 120, 200):
        line, *_ = printed_at(cells, lambda console: as_text(report, Level.WARNING, console=console))
        assert len(line) <= cells
        assert " ".join(line.split()).startswith("✖ data/mongodb-2 blocks its own update: ")
        lines = printed_at(cells, lambda console: as_text(report, Level.WARNING, wide=True, console=console))
        assert max(map(len, lines)) <= cells
        assert ("revision-deadlock" in "\n".join(lines)) == (cells >= 120)

    known = structs.replace(finding, acknowledged=True, headline=f"{finding.headline} (acknowledged until 2026-04-01)")
    line, *_ = printed_at(
        60, lambda console: as_text(replace(report, findings=((view, known),)), Level.WARNING, console=console)
    )
    assert " ".join(line.split()).startswith("✖ data/mongodb-2 acknowledged: blocks its own"), "not cut off"

    as_text(report, Level.WARNING, verbose=True)
    printed = capsys.readouterr().out
    assert f"    step 1    delete mongodb-2: the controller recreates it on {revision}  (disruptive)\n" in printed
    assert "\n              kubectl -n data delete pod mongodb-2\n" in printed
    assert "\n    evidence  " in printed

    as_json(report, Level.WARNING)
    document = json.loads(capsys.readouterr().out)
    assert (document["apiVersion"], document["kind"], document["failed"]) == ("stsview/v1", "CheckReport", True)
    assert document["findings"][0]["headline"] == finding.headline
    assert document["findings"][0]["level"] == "error"
    assert document["sets"] == [{"namespace": view.namespace, "name": view.name, "severity": "stuck"}]

    as_junit(report, Level.WARNING)
    suite = ET.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    assert suite.attrib["failures"] == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == finding.rule

    as_sarif(report, Level.WARNING)
    (result,) = sarif_results(capsys.readouterr().out)
    assert (result["ruleId"], result["level"]) == ("revision-deadlock", "error")
    assert result["locations"] == [
        {
            "logicalLocations": [
                {"name": "mongodb-2", "fullyQualifiedName": "data/mongodb/mongodb-2", "kind": "resource"}
            ]
        }
    ]
    assert "suppressions" not in result

    due = structs.replace(finding, so="the pod is deleted", until=report.snapshot.now + timedelta(minutes=4))
    as_text(replace(report, findings=((view, due),)), Level.WARNING, verbose=True)
    assert "effect    the pod is deleted, in 4m\n" in capsys.readouterr().out


def sarif_results(text: str) -> list[dict[str, Any]]:
    """The results of a log that keeps what SARIF 2.1.0 demands of the objects in it (its schema, and section 3)."""
    log = json.loads(text)
    assert log.keys() == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run.keys() <= {"tool", "automationDetails", "invocations", "results"}
    driver = run["tool"]["driver"]
    assert driver.keys() <= {"name", "version", "rules"}
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert re.fullmatch(r"https://[!-~]+", rule.get("helpUri", "https://x")), "a URI (3.49.12)"
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invocation["endTimeUtc"])
        for notification in invocation["toolExecutionNotifications"]:
            assert notification["message"]["text"]
            assert notification["level"] in ("note", "warning", "error")
    for result in run["results"]:
        assert result.keys() <= {
            "ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "properties", "suppressions",
        }  # fmt: skip
        assert result["message"]["text"]
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("note", "warning", "error")
        for location in result["locations"]:
            assert all(one["fullyQualifiedName"] and one["name"] for one in location["logicalLocations"])
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    results: list[dict[str, Any]] = run["results"]
    return results


async def test_sarif_has_every_finding_and_says_what_is_unknown(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await check_scenario(rig, "tour")
    assert len({finding.rule for _, finding in report.findings}) > 8
    as_sarif(report, Level.WARNING)
    text = capsys.readouterr().out
    results = sarif_results(text)
    assert [result["ruleId"] for result in results] == [finding.rule for _, finding in report.findings]
    assert json.loads(text)["runs"][0]["invocations"][0]["executionSuccessful"] is True
    marks = [result["partialFingerprints"]["finding/v1"] for result in results]
    assert len(marks) == len(set(marks))

    (view, finding), *_ = report.findings
    acknowledged = structs.replace(finding, acknowledged=True, level=Level.NOTICE, headline="{0} of [x](y)", so="")
    blind = replace(report, findings=((view, acknowledged),), unknown=report.sets[:1])
    as_sarif(blind, Level.WARNING)
    text = capsys.readouterr().out
    (result,) = sarif_results(text)
    assert result["suppressions"][0]["status"] == "accepted"
    assert result["message"]["text"].startswith(r"{{0}} of \[x\](y)"), "neither a placeholder nor a link"
    (invocation,) = json.loads(text)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith(f"status of {report.sets[0].key} ")


async def test_a_healthy_set_has_no_findings_and_is_not_rechecked_if_time_changes_nothing(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    await rig.cluster("zookeeper")
    before = rig.clock.monotonic()
    report = await advance_until_done(
        rig, check(target_of(rig), ModelSettings(), SetSelection(), Level.NOTICE, 3600, rig.clock)
    )
    assert report.findings == ()
    assert rig.clock.monotonic() - before < 600
    as_text(report, Level.WARNING)
    assert capsys.readouterr().out == "OK: 1 StatefulSet in all namespaces, no findings\n"


async def test_the_summary_says_what_was_looked_at(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await checked_in(rig, "default")
    views = tuple(structs.replace(report.sets[0], key=Key("default", name)) for name in ("a", "b", "c"))
    blind = structs.replace(views[1], unknown=("no access to pods",))
    elsewhere = structs.replace(views[2], unknown=("node n unknown",))
    finding = Finding("rule", Level.NOTICE, Ref("StatefulSet", "default", "a"), "a: x", None, (), acknowledged=True)
    for shown, summary in (
        (report, "OK: 1 StatefulSet in namespace default, no findings (use -A for all namespaces)"),
        (replace(report, named=True), "OK: 1 StatefulSet in namespace default, no findings"),
        (
            replace(report, labels="app=x", lowest=Level.ERROR, named=True),
            "OK: 1 StatefulSet matching app=x in namespace default, no findings at error or above",
        ),
        (
            replace(report, sets=views, unknown=(blind, elsewhere, blind), named=True),
            "UNKNOWN: 3 of 3 StatefulSets in namespace default (no access to pods, and other reasons: -v shows them), "
            "no findings",
        ),
        (
            replace(report, sets=views, findings=((views[0], finding),), unknown=(blind,), named=True),
            "1 finding (1 acknowledged) in 3 StatefulSets (1 without findings, 1 unknown: no access to pods) in "
            "namespace default",
        ),
    ):
        as_text(shown, Level.WARNING)
        assert capsys.readouterr().out.splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("namespace", "name", "error"),
    [
        ("", "kafka", "No StatefulSet kafka in any namespace"),
        ("", "zokeeper", "No StatefulSet zokeeper in any namespace; did you mean default/zookeeper?"),
        (
            "default",
            "default/zookeper",
            "No StatefulSet zookeper in namespace default; did you mean default/zookeeper?",
        ),
        ("kube-public", "zoo", "No StatefulSet zoo in namespace kube-public; did you mean default/zookeeper?"),
        (
            "kube-public",
            "zookeeper",
            "No StatefulSet zookeeper in namespace kube-public. Found: default/zookeeper (use -n",
        ),
        (
            "kube-public",
            "default/zookeeper",
            "No StatefulSet default/zookeeper in namespace kube-public. Found: default/",
        ),
        ("nosuch", "nosuch/zookeeper", "No namespace nosuch. Found: default/zookeeper"),
        ("defautl", "defautl/kafka", "namespace defautl not found; did you mean default?"),
    ],
)
async def test_an_unknown_name_is_an_error_that_says_where_it_is_or_which_is_near(
    rig: Rig, namespace: str, name: str, error: str
) -> None:
    with pytest.raises(CommandError) as raised:
        await checked_in(rig, namespace, names=(name,))
    assert str(raised.value).startswith(error)
    assert ("did you mean" in str(raised.value)) == ("did you mean" in error)


@pytest.mark.parametrize(
    ("namespace", "labels", "error"),
    [
        ("nosuch", None, "namespace nosuch not found: check -n and the context's namespace"),
        ("default,nosuch,nor-this", None, "namespaces nosuch, nor-this not found: "),
        ("kube-public", None, "no StatefulSet in kube-public: use -n or -A to check other namespaces, --allow-empty "),
        ("default", "app=x", "no StatefulSet in default matches app=x: use -n or -A to check other namespaces, "),
        ("", "app=x", "no StatefulSet in all namespaces matches app=x: --allow-empty if none is expected"),
    ],
)
async def test_a_check_of_nothing_is_an_error_unless_allowed(
    rig: Rig, namespace: str, labels: str | None, error: str
) -> None:
    with pytest.raises(CommandError) as raised:
        await checked_in(rig, namespace, labels)
    assert str(raised.value).startswith(error)


async def test_a_check_of_nothing_passes_where_that_is_allowed(rig: Rig) -> None:
    report = await checked_in(rig, "nosuch", allow_empty=True)
    assert (report.sets, report.findings, report.unknown) == ((), (), ())


async def checked_in(
    rig: Rig, namespace: str, labels: str | None = None, *, names: tuple[str, ...] = (), allow_empty: bool = False
) -> CheckReport:
    """The report of a check of these namespaces; empty: all."""
    await rig.cluster("zookeeper")
    namespaces = tuple(namespace.split(",")) if namespace else ()
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=namespaces)
    selection = SetSelection.of(names, labels)
    checking = check(target, ModelSettings(), selection, Level.NOTICE, 0, rig.clock, allow_empty=allow_empty)
    return await advance_until_done(rig, checking)


async def test_without_access_to_statefulsets_the_check_fails(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    checking = check(target_of(rig), ModelSettings(), SetSelection(), Level.NOTICE, 0, rig.clock)
    cluster.server.faults.refusals.append(Refusal(403, plural="statefulsets"))
    with pytest.raises(CommandError, match="you may not list and watch statefulsets in all namespaces"):
        await advance_until_done(rig, checking)


async def test_list_access_without_watch_is_enough(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.refusals.append(Refusal(403, verbs=("watch",)))
    report = await advance_until_done(
        rig, check(target_of(rig), ModelSettings(), SetSelection(), Level.NOTICE, 0, rig.clock)
    )
    assert ([view.key.name for view in report.sets], report.findings) == (["zookeeper"], ())


async def test_a_server_lost_before_the_recheck_fails_the_check(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = await rig.cluster("zookeeper")
    checked_once = asyncio.Event()

    def changes_by_time(*_: object) -> bool:
        checked_once.set()
        return True

    monkeypatch.setattr("stsview.cli.support.settle.changes_by_time", changes_by_time)
    checking = asyncio.ensure_future(
        check(target_of(rig), ModelSettings(), SetSelection(), Level.NOTICE, 60, rig.clock)
    )
    await rig.until(checked_once.is_set, "the first check")
    await cluster.server.stop()
    with pytest.raises(CommandError):
        await advance_until_done(rig, checking)


SET_FIELDS = """
    key uid severity severitySince replicas start ready available policy minReadySeconds whenScaled whenDeleted ordinals
    rollout wait service claimsBound claimsExpected claimsBytes labels created images unknown why budget writers
    writersUnknown findings
"""

FINDING_FIELDS = "rule level object headline since evidence certainty remedies ordinals so until below"

ORDINAL_FIELDS = """
    ordinal name place state uid ready available revision atUpdate next node podIp role restarts claims dns nodeState
"""


async def test_documents_keep_their_fields(rig: Rig) -> None:
    """Scripts rely on them: within a version fields are only added."""
    report = await check_scenario(rig, "broken-rollout")
    document = plain_value(report.sets[0])
    assert set(SET_FIELDS.split()) <= set(document)
    assert set(FINDING_FIELDS.split()) <= set(document["findings"][0])
    assert set(ORDINAL_FIELDS.split()) <= set(document["ordinals"][0])
    assert report.sets[0].severity is Severity.STUCK


@pytest.mark.parametrize(("context", "acknowledged"), [("*", True), ("sts*", True), ("elsewhere", False)])
async def test_the_configuration_acknowledges_in_its_context_only(rig: Rig, context: str, acknowledged: bool) -> None:
    await rig.cluster("not-headless")
    settings = ModelSettings(acknowledgements=(Acknowledgement("service-not-headless", context=context),))
    selection = SetSelection.of((), None)
    report = await advance_until_done(rig, check(target_of(rig), settings, selection, Level.NOTICE, 0.0, rig.clock))
    found = {one.acknowledged for _, one in report.findings if one.rule == "service-not-headless"}
    assert found == {acknowledged}


async def test_usage_is_measured_only_when_asked_and_unknown_usage_is_not_ok(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("disk-full")

    async def checked(*, usage: bool) -> CheckReport:
        sets = SetSelection.of([], None)
        return await advance_until_done(
            rig, check(target_of(rig), ModelSettings(), sets, Level.NOTICE, 0, rig.clock, usage=usage)
        )

    assert (await checked(usage=False)).findings == ()
    report = await checked(usage=True)
    ((_, finding),) = report.findings
    assert (finding.rule, finding.level, report.unmeasured) == ("volume-nearly-full", Level.WARNING, ())

    cluster.server.users["admin"].denied.append(Rule(("get",), ("",), ("nodes/proxy",)))
    report = await checked(usage=True)
    why = "forbidden: you may not get nodes/proxy"
    assert [one for _, one in report.unmeasured] == [why]
    as_text(report, Level.WARNING)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"? analytics/clickhouse  usage unknown: {why}"
    assert printed[1].startswith("UNKNOWN: usage of 1 of 1 StatefulSet in all namespaces, no findings")
    as_json(report, Level.WARNING)
    shown = json.loads(capsys.readouterr().out)
    assert shown["unmeasured"] == [{"namespace": "analytics", "name": "clickhouse", "reason": why}]
    as_junit(report, Level.WARNING)
    suite = ET.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    assert suite.attrib["errors"] == "1"
