"""All rules, causes before symptoms.

A finding is shown below the first one that explains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from msgspec.structs import replace

from stsview.model.cache.coverage import Coverage
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding, Level
from stsview.objects.kinds import PODS
from stsview.triage.acknowledgement import acknowledgement
from stsview.triage.correlation import correlate
from stsview.triage.rule import Need, Rule, Situation, situations
from stsview.triage.rules.controller import (
    controller,
    deadlock,
    deletion,
    gone,
    missing,
    recreated,
    refused,
    rollout,
    scaling,
    unexplained,
    writers,
)
from stsview.triage.rules.network import dns, governing_service
from stsview.triage.rules.nodes import budgets, evictions, nodes, placement, scheduling
from stsview.triage.rules.pods import (
    containers,
    crashes,
    finalizers,
    long_grace_periods,
    members,
    memory,
    readiness,
    starting,
    terminations,
)
from stsview.triage.rules.storage import (
    attachments,
    claims,
    filling,
    leftover_claims,
    provisioning,
    resizing,
    retention,
    template_drift,
    unusable_claims,
)

CATALOGUE: tuple[Rule, ...] = (
    *gone.RULES,
    *controller.RULES,
    *deletion.RULES,
    *refused.NEVER,
    *nodes.RULES,
    *evictions.RULES,
    *terminations.RULES,
    *finalizers.RULES,
    *long_grace_periods.RULES,
    *unusable_claims.RULES,
    *provisioning.RULES,
    *claims.RULES,
    *retention.RULES,
    *attachments.RULES,
    *filling.FULL_VOLUMES,
    *placement.RULES,
    *resizing.RULES,
    *scaling.DEADLOCK,
    *deadlock.RULES,
    *scheduling.RULES,
    *refused.RULES,
    *recreated.RULES,
    *missing.RULES,
    *containers.RULES,
    *crashes.RULES,
    *starting.RULES,
    *readiness.RULES,
    *governing_service.RULES,
    *dns.RULES,
    *filling.RULES,
    *memory.RULES,
    *template_drift.RULES,
    *leftover_claims.RULES,
    *scaling.RULES,
    *rollout.RULES,
    *budgets.RULES,
    *writers.RULES,
    *controller.STUCK,
    *unexplained.RULES,
    *members.RULES,
)

BY_ID = {rule.id: rule for rule in CATALOGUE}

FORMER_RULES = {
    "change-put-back": "change-reverted",
    "claim-in-the-way": "claim-terminating",
    "claim-of-another-owner": "claim-owned-by-other",
    "containers-not-ended": "containers-not-stopped",
    "due-not-done": "controller-stuck",
    "end-unconfirmed": "termination-unconfirmed",
    "finalizer-comes-next": "finalizer-pending",
    "forgotten-after-scaling": "missed-after-scale-up",
    "held-up": "set-stuck",
    "kubelet-never-began": "pod-never-started",
    "machine-runs-on": "node-still-running",
    "names-need-readiness": "dns-requires-readiness",
    "no-service-named": "service-name-unset",
    "node-silent": "node-unreachable",
    "old-claims": "leftover-claims",
    "partition-stops-all": "partition-blocks-update",
    "pod-ended": "pod-failed",
    "pod-of-another-service": "pod-subdomain-mismatch",
    "provisioner-silent": "provisioner-unresponsive",
    "service-selects-strangers": "service-selects-other-pods",
}
"""Rule ids of earlier releases: runbooks and saved JSON documents still name them."""


def find_rule(id_: str) -> Rule | None:
    """The rule with that id, present or former; None if there is none."""
    return BY_ID.get(FORMER_RULES.get(id_, id_))


@cache
def _rules_for(there: frozenset[Need]) -> tuple[Rule, ...]:
    """The rules that may find something in these situations, in their order."""
    if Situation.GONE in there:
        # What others would say of a controller and a spec is not known of a set that is gone.
        return tuple(rule for rule in CATALOGUE if rule.needs is Situation.GONE)
    return tuple(rule for rule in CATALOGUE if rule.needs is None or rule.needs in there)


def examine(case: RuleInput) -> Sequence[Finding]:
    """Evaluate every rule for one set.

    This is the `stsview.model.explain.rule_input.Examine` of the program.
    """
    if case.facts.objects.covered(PODS).coverage is Coverage.LOADING:
        # Nothing can be said of members that are still being read, and large clusters take a while to read.
        return ()
    settings = case.facts.settings
    rules: Iterable[Rule] = _rules_for(situations(case))
    if settings.disabled_rules:
        rules = [rule for rule in rules if rule.id not in settings.disabled_rules]
    found = [(rule, finding) for rule in rules for finding in rule.find(case)]
    if levels := settings.rule_levels:
        found = [(rule, replace(one, level=Level(levels.get(rule.id, one.level)))) for rule, one in found]
    return correlate(found, case.view.wait.ordinal, acknowledgement(case, FORMER_RULES))
