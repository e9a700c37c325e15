"""What a finding warns of refuses every plan: one function judges both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStep,
    DeletePod,
    ForceDelete,
    OrderedRestart,
    PauseRollout,
    Restart,
    ResumeRollout,
    Scale,
)
from stsview.actions.plan import Plan
from stsview.model.explain.hazards import hazards_of_creation, hazards_of_end
from stsview.model.finding import Danger, Finding
from stsview.model.names import pod_name
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.triage.catalogue import BY_ID, CATALOGUE
from tests.support.reported_plans import intents, intents_of_held_rollout, plan_of, served
from tests.support.reports import Report, names, report

KEEPS = re.compile(r"do not (restart|delete|scale)", re.IGNORECASE)
"""A text that says to keep a pod running."""


def flat(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from flat(finding.below)


def kept(told: Report) -> set[str]:
    """The existing pods that a finding says to keep running."""
    return {
        row.name
        for view in told.store.fleet.sets.values()
        for finding in flat(view.findings)
        if BY_ID[finding.rule].keeps
        for row in view.ordinals
        if row.owned and row.uid is not None and row.ordinal in finding.ordinals
    }


def test_a_rule_that_says_to_keep_pods_declares_it() -> None:
    said = {rule.id for rule in CATALOGUE if KEEPS.search(f"{rule.meaning} {rule.remedy}")}
    for name in names():
        for view in report(name).store.fleet.sets.values():
            for finding in flat(view.findings):
                if any(KEEPS.search(one.text) for one in finding.remedies):
                    said.add(finding.rule)
    assert said <= {rule.id for rule in CATALOGUE if rule.keeps}


def test_each_such_rule_has_a_report() -> None:
    found = {
        finding.rule
        for name in names()
        for view in report(name).store.fleet.sets.values()
        for finding in flat(view.findings)
    }
    assert {rule.id for rule in CATALOGUE if rule.keeps} <= found


@pytest.mark.parametrize("name", names())
async def test_no_plan_is_silent(name: str, tmp_path: Path) -> None:
    """Each action for each pod of the reported situation."""
    told = report(name)
    refused: dict[str, set[type]] = {pod: set() for pod in kept(told)}
    async with served(name, tmp_path) as session:
        for view in told.store.fleet.sets.values():
            for intent in intents(view):
                plan = await plan_of(session, intent, tmp_path)
                if plan is None:
                    continue
                assert_ends(plan)
                assert_warned(plan, told)
                for pod in set(plan.ends) & refused.keys():
                    assert_refused(plan)
                    refused[pod].add(type(intent))
    for pod, actions in refused.items():
        assert actions >= {DeletePod, ForceDelete, Scale, Restart, OrderedRestart}, pod


@pytest.mark.parametrize("held_by", [CANARY_PARTITION, PAUSED_PARTITION], ids=["canary", "pause"])
async def test_no_plan_of_a_held_rollout_is_silent(held_by: str, tmp_path: Path) -> None:
    """Canary steps, an abort, and a resume let the controller replace pods; a pause ends none."""
    situations = [told for told in map(report, names()) if kept(told)]
    assert situations
    for told in situations:
        ended: set[type] = set()
        async with served(told.name, tmp_path, held_by=held_by) as session:
            for view in told.store.fleet.sets.values():
                for intent in intents_of_held_rollout(view):
                    plan = await plan_of(session, intent, tmp_path)
                    if plan is None:
                        continue
                    assert_warned(plan, told)
                    if set(plan.ends) & kept(told):
                        assert_refused(plan)
                    if plan.ends:
                        ended.add(type(intent))
        assert ended >= ({CanaryStep, CanaryAbort} if held_by == CANARY_PARTITION else {ResumeRollout}), told.name
        assert PauseRollout not in ended, told.name


def assert_ends(plan: Plan) -> None:
    """The plan declares the pods that it ends: only these are checked."""
    match plan.intent:
        case DeletePod(pod=pod) | ForceDelete(pod=pod):
            assert plan.ends == (pod,)
        case Scale(replicas=replicas, seen=seen):
            assert len(plan.ends) == max(0, seen - replicas)
            assert len(plan.creates) == max(0, replicas - seen)
        case OrderedRestart():
            assert {step.pod for step in plan.pod_steps} == set(plan.ends)


def assert_warned(plan: Plan, told: Report) -> None:
    """Each hazard of a pod that ends or is created is a check of the plan."""
    view = told.store.fleet.sets[plan.set_intent.set]
    objects = told.objects(view)
    rows = {row.name: row for row in view.ordinals}
    ends = [hazard for pod in plan.ends if pod in rows for hazard in hazards_of_end(rows[pod], objects, {})]
    losing = {hazard.kind.value for hazard in ends if hazard.loses_data}
    blocking = {
        hazard.kind.value
        for ordinal in plan.creates
        for hazard in hazards_of_creation(ordinal, objects)
        if hazard.blocks and pod_name(view.name, ordinal) not in plan.ends
    }
    overridable = {check.id for check in plan.refused if check.overridable}
    assert losing | blocking <= overridable, plan.title
    if losing:
        assert_refused(plan)


def assert_refused(plan: Plan) -> None:
    """Refused, overridable with a reason, at the highest danger, with the object's name typed."""
    assert any(check.overridable for check in plan.refused), plan.title
    assert plan.danger is Danger.LOSS
    assert plan.confirmation.name == plan.about.name
    assert plan.confirmation.reason
    assert not plan.shown_command
