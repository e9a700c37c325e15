"""All rules, causes before symptoms: a finding stands below the first one that explains it."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.case import Case
from stsview.model.finding import Finding
from stsview.triage import (
    attachments,
    budgets,
    claims,
    containers,
    controller,
    crashes,
    deadlock,
    deletion,
    dns,
    drift,
    evictions,
    finalizers,
    graces,
    held,
    members,
    missing,
    network,
    nodes,
    old_claims,
    placement,
    provisioning,
    readiness,
    refused,
    resizing,
    retention,
    rollout,
    scaling,
    scheduling,
    starting,
    terminations,
    writers,
)
from stsview.triage.fold import fold
from stsview.triage.rule import Rule

CATALOGUE: tuple[Rule, ...] = (
    *controller.RULES,
    *deletion.RULES,
    *nodes.RULES,
    *evictions.RULES,
    *terminations.RULES,
    *finalizers.RULES,
    *graces.RULES,
    *provisioning.RULES,
    *claims.RULES,
    *retention.RULES,
    *attachments.RULES,
    *placement.RULES,
    *resizing.RULES,
    *scaling.DEADLOCK,
    *deadlock.RULES,
    *scheduling.RULES,
    *refused.RULES,
    *missing.RULES,
    *containers.RULES,
    *crashes.RULES,
    *starting.RULES,
    *readiness.RULES,
    *network.RULES,
    *dns.RULES,
    *drift.RULES,
    *old_claims.RULES,
    *scaling.RULES,
    *rollout.RULES,
    *budgets.RULES,
    *writers.RULES,
    *controller.IDLE,
    *held.RULES,
    *members.RULES,
)

BY_ID = {rule.id: rule for rule in CATALOGUE}


def examine(case: Case) -> Sequence[Finding]:
    """Every rule asked about one set; the `stsview.model.case.Examine` of the program."""
    found = ((rule, finding) for rule in CATALOGUE for finding in rule.find(case))
    return fold(found, case.view.wait.ordinal)
