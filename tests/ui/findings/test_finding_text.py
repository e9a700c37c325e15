"""Findings as text, as rows, and filtered."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace

from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.views import SetView, WarningView
from stsview.objects.meta import Key
from stsview.ui.findings.finding_filter import LANGUAGE, FindingOfSet
from stsview.ui.findings.finding_rows import FindingKey, FindingList, GroupKey, finding_row, group_row
from stsview.ui.findings.finding_text import details, summary
from stsview.ui.findings.steps import steps_of
from stsview.ui.kit.look.labelled_lines import Reason
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


def _lines(reason: Reason) -> list[tuple[str, str]]:
    return [(line.label, plain(line.spans)) for line in reason.lines]


def test_a_summary_has_every_step_with_its_number() -> None:
    reason = summary(replace(IMAGE, below=(DRIFT,)), NOW, steps=steps_of(kafka(), (DRIFT, IMAGE))[2:])
    assert plain(reason.headline) == "✖ kafka-3: image kafka:9 cannot be pulled"
    assert reason.aside is not None
    assert plain(reason.aside.spans) == "12m · certain · controller-not-acting"
    assert _lines(reason) == [
        ("effect", "kafka-2 stays on 5d4b"),
        ("t 3", "check image and registry"),
        ("", "kubectl -n data describe pod kafka-3"),
        ("t 4", "▲ delete kafka-3 · disruptive"),
        ("cause", "reason ErrImagePull"),
        ("also", "claims drift"),
    ]


def test_the_last_warning_is_quoted_unless_the_finding_quotes_it() -> None:
    warning = WarningView("Pod", "kafka-3", "Failed", "registry \x1b[2J away", NOW - timedelta(minutes=2), 41)
    view = replace(kafka(), warnings=(replace(warning, name="kafka-2"), warning))
    assert ("warning", "Failed registry \x1b[2J away · 41 times · 2m ago") in _lines(summary(IMAGE, NOW, view=view))
    said = replace(view, warnings=(replace(warning, message="image kafka:9 cannot be pulled"),))
    assert "warning" not in dict(_lines(summary(IMAGE, NOW, view=said)))


@pytest.mark.parametrize(
    ("headline", "evidence", "cause"),
    [
        ("Service a is missing", Evidence("Service a", "metadata", "absent"), "no Service a"),
        ("a-1: deadlock", Evidence("Pod a-1", "metadata.labels.controller-revision-hash", "a-7f5"), "revision 7f5"),
        ("a-1: no node: 3 Insufficient cpu", Evidence("Pod a-1", "x", "False: 0/3: 3 Insufficient cpu."), ""),
        ("a-1: ended: 1", Evidence("Pod a-1", "status.n", "12"), "n 12"),
    ],
)
def test_the_cause_is_short_and_does_not_repeat_the_headline(headline: str, evidence: Evidence, cause: str) -> None:
    lines = dict(_lines(summary(replace(IMAGE, headline=headline, evidence=(evidence,)), NOW)))
    assert lines.get("cause", "") == cause


def test_the_object_is_named_when_two_pieces_of_evidence_have_the_same_field() -> None:
    template = Evidence("StatefulSet web", "spec.volumeClaimTemplates[data].spec.storage", "250Gi")
    claim = Evidence("PersistentVolumeClaim data-web-0", "spec.storage", "100Gi")
    lines = dict(_lines(summary(replace(DRIFT, evidence=(template, claim)), NOW)))
    assert lines["cause"] == "web storage 250Gi · data-web-0 storage 100Gi"


def test_an_effect_that_happens_by_itself_has_a_countdown() -> None:
    for describe in (summary, details):
        lines = dict(_lines(describe(replace(IMAGE, until=NOW + timedelta(seconds=250)), NOW)))
        assert lines["effect"] == "kafka-2 stays on 5d4b · in 4m"
        alone = replace(IMAGE, so="", until=NOW + timedelta(seconds=9))
        assert dict(_lines(describe(alone, NOW)))["effect"] == "in 9s"


def test_details_have_all_evidence_and_every_remedy_with_its_danger() -> None:
    reason = details(IMAGE, NOW, steps=steps_of(kafka(), (IMAGE,)))
    assert plain(reason.headline) == "✖ kafka-3: image kafka:9 cannot be pulled"
    lines = _lines(reason)
    assert lines[1:] == [
        ("effect", "kafka-2 stays on 5d4b"),
        ("t 1", "check image and registry · read-only"),
        ("", "kubectl -n data describe pod kafka-3"),
        ("t 2", "▲ delete kafka-3 · disruptive"),
        ("evidence", "Pod kafka-3 status.containerStatuses[kafka].state.waiting.reason ErrImagePull"),
    ]
    assert lines[0][1].endswith("12m · certain")
    assert _lines(details(DRIFT, NOW))[0][1] == "unknown · likely"


def test_errors_come_first_then_the_wait_then_notices_then_the_state() -> None:
    texts = reasons(_with(kafka(), IMAGE, DRIFT), NOW)
    assert [plain(one.headline).split("   ")[0] for one in texts] == [
        "✖ kafka-3: image kafka:9 cannot be pulled",
        "· claims drift",
    ]
    well = reasons(_with(healthy("mq", "rabbitmq", 3), DRIFT), NOW)
    assert [plain(one.headline).split("   ")[0] for one in well] == ["· claims drift", "● healthy"]


def test_rows_are_grouped_by_rule_with_the_worst_first_and_groups_fold() -> None:
    sets = {view.key: view for view in (_with(zookeeper(), DRIFT, DRIFT), _with(kafka(), IMAGE))}
    findings = FindingList()
    assert findings.update(sets, None)
    rows = findings.rows(frozenset())
    assert [type(row).__name__ for row in rows] == ["FindingKey", "GroupKey", "FindingKey", "FindingKey"]
    assert rows[1] == GroupKey("set-stuck")
    assert findings.matching == findings.total == 3
    folded = findings.rows(frozenset({"set-stuck", "controller-not-acting"}))
    assert folded == rows[:2], "a single finding has no header row to fold into"
    first = rows[0]
    assert isinstance(first, FindingKey)
    cells = [plain(cell) for cell in finding_row(first, IMAGE, NOW)]
    assert cells == ["  ✖ kafka-3: image kafka:9 cannot be pulled", str(kafka().key), "12m", "certain"]
    assert plain(group_row("set-stuck", [DRIFT, DRIFT], closed=True)[0]) == (
        "· StatefulSet is stuck  2 findings folded · set-stuck"
    )


def test_an_update_reports_whether_findings_changed() -> None:
    findings = FindingList()
    findings.update({kafka().key: _with(kafka(), IMAGE)}, None)
    assert not findings.update({kafka().key: _with(kafka(), IMAGE)}, [kafka().key])
    assert findings.update({kafka().key: kafka()}, [kafka().key])
    assert findings.total == 0


@pytest.mark.parametrize("text", ["", "is:error", "node:w-1", "!node:w-1", "image:kafka"])
def test_changed_sets_leave_the_rows_that_reading_all_sets_gives(text: str) -> None:
    rng = Random(text)
    made = [_with(kafka()), _with(kafka(), IMAGE), _with(kafka(), DRIFT, IMAGE, DRIFT)]
    bare = [replace(view, ordinals=view.ordinals[:1], images=()) for view in made]
    sets: dict[Key, SetView] = {}
    findings = FindingList()
    findings.filter_by(LANGUAGE.parse(text))
    for _ in range(60):
        key = Key("data", f"kafka-{rng.randrange(5)}")
        sets = {name: view for name, view in sets.items() if name != key}
        if rng.random() < 0.8:
            sets[key] = replace(rng.choice([*made, *bare]), key=key)
        findings.update(sets, {key})
        fresh = FindingList()
        fresh.filter_by(LANGUAGE.parse(text))
        fresh.update(sets, None)
        again = FindingList()
        again.update(sets, None)
        again.filter_by(LANGUAGE.parse(text))
        assert findings.rows(frozenset()) == fresh.rows(frozenset()) == again.rows(frozenset())
        assert (findings.matching, findings.counts) == (fresh.matching, fresh.counts)
    assert findings.matching


@pytest.mark.parametrize(
    ("text", "expected"),
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
        ("/pull|drift/", 2),
        ("!is:error ns:data", 1),
        ("node:w-1 image:kafka app=kafka", 2),
        ("node:w-1,w-2", 2),
    ],
)
def test_a_filter_matches_every_word(text: str, expected: int) -> None:
    query = LANGUAGE.parse(text)
    assert (
        sum(query.matches(FindingOfSet(_with(kafka(), IMAGE, DRIFT), finding)) for finding in (IMAGE, DRIFT))
        == expected
    )
    assert not query.problem


def test_a_key_toggles_a_level() -> None:
    assert LANGUAGE.toggled("kafka is:notice", "is", "error") == "kafka is:error"
    assert LANGUAGE.toggled("kafka is:error", "is", "error") == "kafka"
    assert LANGUAGE.parse("is:fine").problem == "is: must be error, warning or notice"
