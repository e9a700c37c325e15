"""Validation of StatefulSets and ControllerRevisions.

Source: kubernetes/pkg/apis/apps/validation/validation.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import FieldProblem
from stsview.simulator.apiserver.selectors import matches_selector
from stsview.simulator.apiserver.validation.validation_pods import template_problems
from stsview.simulator.apiserver.wire import Object, encode

_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_IMMUTABLE_PROBLEM = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_NEGATIVE = "must be greater than or equal to 0"
_POLICIES = ("OrderedReady", "Parallel")
_STRATEGIES = ("RollingUpdate", "OnDelete")
_RETENTIONS = ("Retain", "Delete")


def on_create(obj: Object) -> list[FieldProblem]:
    return _spec_problems(obj["spec"])


def on_update(old: Object, new: Object) -> list[FieldProblem]:
    problems = _spec_problems(new["spec"])
    before = {name: value for name, value in old["spec"].items() if name not in _MUTABLE}
    after = {name: value for name, value in new["spec"].items() if name not in _MUTABLE}
    if before != after:
        problems.append(FieldProblem.forbidden("spec", _IMMUTABLE_PROBLEM))
    return problems


def revision_on_update(old: Object, new: Object) -> list[FieldProblem]:
    """The problems of a ControllerRevision update: its data is immutable."""
    if old.get("data") == new.get("data"):
        return []
    return [FieldProblem.invalid("data", _as_json(new.get("data")), "field is immutable")]


def _spec_problems(spec: dict[str, Any]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec["podManagementPolicy"] not in _POLICIES:
        problem = f"must be '{_POLICIES[0]}' or '{_POLICIES[1]}'"
        problems.append(FieldProblem.invalid("spec.podManagementPolicy", f'"{spec["podManagementPolicy"]}"', problem))
    problems += _strategy_problems(spec["updateStrategy"])
    policy = spec["persistentVolumeClaimRetentionPolicy"]
    for name in ("whenDeleted", "whenScaled"):
        if policy[name] not in _RETENTIONS:
            path = f"spec.persistentVolumeClaimRetentionPolicy.{name}"
            problems.append(FieldProblem.not_supported(path, policy[name], ("Delete", "Retain")))
    for name in ("replicas", "minReadySeconds"):
        if (spec.get(name) or 0) < 0:
            problems.append(FieldProblem.invalid(f"spec.{name}", str(spec[name]), _NEGATIVE))
    start = (spec.get("ordinals") or {}).get("start", 0)
    if start < 0:
        problems.append(FieldProblem.invalid("spec.ordinals.start", str(start), _NEGATIVE))
    problems += _selector_problems(spec)
    problems += template_problems(spec["template"], "spec.template")
    for index, template in enumerate(spec.get("volumeClaimTemplates") or []):
        if not template["metadata"].get("name"):
            problems.append(FieldProblem.required(f"spec.volumeClaimTemplates[{index}].metadata.name"))
    return problems


def _strategy_problems(strategy: dict[str, Any]) -> list[FieldProblem]:
    if strategy["type"] not in _STRATEGIES:
        problem = f"must be '{_STRATEGIES[0]}' or '{_STRATEGIES[1]}'"
        return [FieldProblem.invalid("spec.updateStrategy", _as_json(strategy), problem)]
    rolling = strategy.get("rollingUpdate")
    path = "spec.updateStrategy.rollingUpdate"
    if rolling is None:
        return []
    if strategy["type"] == "OnDelete":
        return [FieldProblem.invalid(path, _as_json(rolling), "only allowed for updateStrategy 'RollingUpdate'")]
    problems = []
    if (rolling.get("partition") or 0) < 0:
        problems.append(FieldProblem.invalid(f"{path}.partition", str(rolling["partition"]), _NEGATIVE))
    if rolling.get("maxUnavailable") in (0, "0%"):
        shown = _as_json(rolling["maxUnavailable"])
        problems.append(FieldProblem.invalid(f"{path}.maxUnavailable", shown, "cannot be 0"))
    return problems


def _selector_problems(spec: dict[str, Any]) -> list[FieldProblem]:
    selector = spec.get("selector")
    if selector is None:
        return [FieldProblem.required("spec.selector")]
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        return [FieldProblem.invalid("spec.selector", _as_json(selector), "empty selector is invalid for statefulset")]
    labels = spec["template"].get("metadata", {}).get("labels") or {}
    if matches_selector(selector, labels):
        return []
    path = "spec.template.metadata.labels"
    return [FieldProblem.invalid(path, _as_json(labels), "`selector` does not match template `labels`")]


def _as_json(value: Any) -> str:
    return encode(value).decode()
