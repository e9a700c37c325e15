"""What a finding warns of refuses every plan: one function judges both."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from stsview.model.explain.hazards import hazards_of_end
from stsview.model.finding import Finding
from tests.support.reports import names, report

KEEPS = re.compile(r"do not (restart|delete|scale)|do not .* the pod before")
"""A step that says to keep a pod running."""

OTHER_CHECKS = {"members-down": "the check `members` of every plan counts what stays available"}
"""Rules whose warning is another check than a hazard, and which."""


def flat(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from flat(finding.below)


@pytest.mark.parametrize("name", names())
def test_a_pod_that_a_finding_says_to_keep_has_a_hazard_that_loses_data(name: str) -> None:
    told = report(name)
    for view in told.store.fleet.sets.values():
        objects = told.objects(view)
        rows = {row.ordinal: row for row in view.ordinals if row.owned}
        for finding in flat(view.findings):
            if finding.rule in OTHER_CHECKS or not any(KEEPS.search(one.text) for one in finding.remedies):
                continue
            for ordinal in finding.ordinals:
                assert any(hazard.loses_data for hazard in hazards_of_end(rows[ordinal], objects)), finding


def test_some_report_has_such_a_finding() -> None:
    found = [
        finding
        for name in names()
        for view in report(name).store.fleet.sets.values()
        for finding in flat(view.findings)
        if any(KEEPS.search(one.text) for one in finding.remedies)
    ]
    assert {finding.rule for finding in found} >= {"claim-deleted-in-use"}
