"""Findings that the owner of a set has acknowledged, by an annotation in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding
from stsview.objects.kinds import CLAIMS, PODS, SERVICES

ANNOTATION = "stsview.io/acknowledge"
"""Rule ids, separated by commas: on the StatefulSet, or on the pod, PVC or Service that a finding is about."""


def acknowledged(case: RuleInput, former: Mapping[str, str]) -> Callable[[Finding], bool]:
    """Whether a finding of the set is acknowledged; `former`: the present ids of rules by their former ones."""
    of_set = _ids(case.facts.set.metadata.annotations, former)

    def is_acknowledged(finding: Finding) -> bool:
        return finding.rule in of_set or finding.rule in _ids(_annotations(case, finding), former)

    return is_acknowledged


def _ids(annotations: Mapping[str, str], former: Mapping[str, str]) -> frozenset[str]:
    value = annotations.get(ANNOTATION, "")
    ids = (one.strip() for one in value.split(","))
    return frozenset(former.get(one, one) for one in ids if one)


def _annotations(case: RuleInput, finding: Finding) -> Mapping[str, str]:
    """Annotations of the object of a finding; none of a kind that is held without them."""
    objects, about = case.facts.objects, finding.object
    match about.kind:
        case PODS.name:
            pod = objects.pods.get(about.name)
            return pod.metadata.annotations if pod is not None else {}
        case CLAIMS.name:
            claim = objects.claims.get(about.name)
            return claim.metadata.annotations if claim is not None else {}
        case SERVICES.name:
            service = objects.service
            return service.metadata.annotations if service is not None and service.metadata.name == about.name else {}
    return {}
