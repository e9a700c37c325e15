"""All rules, causes before symptoms: a finding stands below the first one that explains it."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.case import Case
from stsview.model.finding import Finding
from stsview.triage import (
    attachments,
    claims,
    containers,
    controller,
    crashes,
    deadlock,
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
    scheduling,
    starting,
    terminations,
)
from stsview.triage.fold import fold
from stsview.triage.rule import Rule

CATALOGUE: tuple[Rule, ...] = (
    *controller.RULES,
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
    *held.RULES,
    *members.RULES,
)

BY_ID = {rule.id: rule for rule in CATALOGUE}


def examine(case: Case) -> Sequence[Finding]:
    """Every rule asked about one set; the `stsview.model.case.Examine` of the program."""
    return fold((rule, finding) for rule in CATALOGUE for finding in rule.find(case))
