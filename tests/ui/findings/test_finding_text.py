"""Findings in words, as rows, and filtered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.ui.findings.finding_filter import parse_finding_filter, with_level
from stsview.ui.findings.finding_rows import FindingKey, FindingList, GroupKey, finding_row, group_row
from stsview.ui.findings.finding_text import brief, whole
from stsview.ui.kit.look.roles import plain
from stsview.ui.set.reasons import reasons
from tests.support.ui.fleets import NOW, healthy, kafka, zookeeper

IMAGE = Finding(
    rule="controller-not-acting",
    level=Level.ERROR,
    object=Ref("Pod", "data", "kafka-3", "u"),
    headline="kafka-3: image kafka:9 cannot be pulled",
    since=NOW - timedelta(minutes=12),
    evidence=(Evidence("Pod kafka-3", "status.containerStatuses[kafka].state.waiting.reason", "ErrImagePull"),),
    remedies=(
        Remedy("check image and registry", Danger.READ_ONLY, command="kubectl -n data describe pod kafka-3"),
        Remedy("delete kafka-3", Danger.DISRUPTIVE),
    ),
    ordinals=(3,),
    so="kafka-2 stays on 5d4b",
)
DRIFT = replace(
    IMAGE, rule="set-stuck", level=Level.NOTICE, headline="claims drift", since=None, certainty=Certainty.LIKELY
)


def _with(view: SetView, *findings: Finding) -> SetView:
    return replace(view, findings=findings)


def test_a_finding_beside_other_things_has_its_next_step_and_no_more() -> None:
    told = brief(replace(IMAGE, below=(DRIFT,)), NOW)
    assert plain(told.headline) == "✖ kafka-3: image kafka:9 cannot be pulled   12m · certain"
    assert [(label, plain(spans)) for label, spans in told.lines] == [
        ("cause", "reason ErrImagePull"),
        ("effect", "kafka-2 stays on 5d4b"),
        ("next step", "check image and registry"),
        ("also", "claims drift"),
    ]


@pytest.mark.parametrize(
    ("headline", "evidence", "told"),
    [
        ("Service a is missing", Evidence("Service a", "metadata", "absent"), "no Service a"),
        ("a-1: deadlock", Evidence("Pod a-1", "metadata.labels.controller-revision-hash", "a-7f5"), "revision 7f5"),
        ("a-1: no node: 3 Insufficient cpu", Evidence("Pod a-1", "x", "False: 0/3: 3 Insufficient cpu."), ""),
        ("a-1: ended: 1", Evidence("Pod a-1", "status.n", "12"), "n 12"),
    ],
)
def test_why_is_told_in_short_and_not_twice(headline: str, evidence: Evidence, told: str) -> None:
    lines = dict(brief(replace(IMAGE, headline=headline, evidence=(evidence,)), NOW).lines)
    assert plain(lines.get("cause", ())) == told


def test_of_two_that_say_the_same_field_each_is_named() -> None:
    wanted = Evidence("StatefulSet web", "spec.volumeClaimTemplates[data].spec.storage", "250Gi")
    held = Evidence("PersistentVolumeClaim data-web-0", "spec.storage", "100Gi")
    lines = dict(brief(replace(DRIFT, evidence=(wanted, held)), NOW).lines)
    assert plain(lines["cause"]) == "web storage 250Gi · data-web-0 storage 100Gi"


def test_what_follows_by_itself_has_a_time_to_go() -> None:
    for told in (brief, whole):
        lines = dict(told(replace(IMAGE, until=NOW + timedelta(seconds=250)), NOW).lines)
        assert plain(lines["effect"]) == "kafka-2 stays on 5d4b · in 4m"
        alone = replace(IMAGE, so="", until=NOW + timedelta(seconds=9))
        assert plain(dict(told(alone, NOW).lines)["effect"]) == "in 9s"


def test_the_whole_of_a_finding_has_all_evidence_and_every_step_with_its_danger() -> None:
    told = whole(IMAGE, NOW)
    assert plain(told.headline) == "✖ kafka-3: image kafka:9 cannot be pulled"
    lines = [(label, plain(spans)) for label, spans in told.lines]
    assert lines[1:] == [
        ("effect", "kafka-2 stays on 5d4b"),
        ("step 1", "check image and registry · reads only"),
        ("", "kubectl -n data describe pod kafka-3"),
        ("step 2", "delete kafka-3 · disrupts"),
        ("evidence", "Pod kafka-3 status.containerStatuses[kafka].state.waiting.reason ErrImagePull"),
    ]
    assert lines[0][1].endswith("12m · certain")
    assert plain(whole(DRIFT, NOW).lines[0][1]) == "unknown · likely"


def test_what_is_wrong_comes_first_then_the_wait_then_what_is_worth_knowing() -> None:
    told = reasons(_with(kafka(), IMAGE, DRIFT), NOW)
    assert [plain(one.headline).split("   ")[0] for one in told] == [
        "✖ kafka-3: image kafka:9 cannot be pulled",
        "· claims drift",
    ]
    well = reasons(_with(healthy("mq", "rabbitmq", 3), DRIFT), NOW)
    assert [plain(one.headline).split("   ")[0] for one in well] == ["● healthy", "· claims drift"]


def test_rows_are_grouped_by_rule_with_the_gravest_first_and_groups_fold() -> None:
    sets = {view.key: view for view in (_with(zookeeper(), DRIFT, DRIFT), _with(kafka(), IMAGE))}
    listed = FindingList()
    assert listed.take(sets, None)
    rows, matching = listed.rows(parse_finding_filter(""), frozenset())
    assert [type(row).__name__ for row in rows] == ["FindingKey", "GroupKey", "FindingKey", "FindingKey"]
    assert rows[1] == GroupKey("set-stuck")
    assert matching == listed.total == 3
    folded, _ = listed.rows(parse_finding_filter(""), frozenset({"set-stuck", "controller-not-acting"}))
    assert folded == rows[:2], "one that is alone has nothing to be folded into"
    first = rows[0]
    assert isinstance(first, FindingKey)
    cells = [plain(cell) for cell in finding_row(first, IMAGE, NOW)]
    assert cells == ["  ✖ kafka-3: image kafka:9 cannot be pulled", str(kafka().key), "12m", "certain"]
    assert plain(group_row("set-stuck", [DRIFT, DRIFT], closed=True)[0]) == (
        "· The set is held up  2 findings folded · set-stuck"
    )


def test_only_what_changed_is_taken_over() -> None:
    listed = FindingList()
    listed.take({kafka().key: _with(kafka(), IMAGE)}, None)
    assert not listed.take({kafka().key: _with(kafka(), IMAGE)}, [kafka().key])
    assert listed.take({kafka().key: kafka()}, [kafka().key])
    assert listed.total == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", 2),
        ("is:error", 1),
        ("is:n", 1),
        ("rule:controller", 1),
        ("ns:nowhere", 0),
        ("ns:", 2),
        ("PULLED", 1),
        ("drift is:error", 0),
        ("[a-z]+", 0),
    ],
)
def test_a_filter_asks_what_was_typed(text: str, found: int) -> None:
    wanted = parse_finding_filter(text)
    assert sum(wanted.matches(Key("data", "kafka"), finding) for finding in (IMAGE, DRIFT)) == found
    assert not wanted.problem


def test_a_level_is_asked_for_and_taken_back_by_the_same_key() -> None:
    assert with_level("kafka is:notice", "error") == "kafka is:error"
    assert with_level("kafka is:error", "error") == "kafka"
    assert parse_finding_filter("is:fine").problem == "is: takes error, warning, notice"
