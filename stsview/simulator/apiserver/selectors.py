"""Label and field selectors in query strings.

Grammar: k8s.io/apimachinery/pkg/labels/selector.go and fields/selector.go. The selectable fields of each kind are those
of kubernetes/pkg/apis/*/v1/conversion.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object

Predicate: TypeAlias = Callable[[Object], bool]

_REQUIREMENT = re.compile(
    r"\s*(?:"
    r"(?P<absent>!\s*[\w./-]+)"
    r"|(?P<set_key>[\w./-]+)\s+(?P<set_operator>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<key>[\w./-]+)\s*(?:(?P<operator>==|=|!=|>|<)\s*(?P<value>[\w.-]*))?"
    r")\s*(?:,|$)"
)

_FIELDS: dict[Resource, tuple[str, ...]] = {
    resources.PODS: (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    resources.EVENTS: (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    resources.NODES: ("spec.unschedulable",),
    resources.SECRETS: ("type",),
    resources.NAMESPACES: ("status.phase",),
}


def parse(resource: Resource, label_selector: str, field_selector: str) -> Predicate | None:
    """One predicate for both selectors, None when they select everything.

    Raises `ApiError` 400 for an invalid selector.
    """
    tests = [*_label_tests(label_selector), *_field_tests(resource, label_selector, field_selector)]
    if not tests:
        return None
    return lambda obj: all(test(obj) for test in tests)


def matches_selector(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Whether a LabelSelector matches (`matchLabels`, `matchExpressions`).

    None matches nothing.
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    for requirement in selector.get("matchExpressions") or ():
        key, values = requirement.get("key", ""), requirement.get("values") or ()
        holds = {
            "In": labels.get(key) in values and key in labels,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not holds.get(requirement.get("operator", ""), False):
            return False
    return True


def selector_text(selector: dict[str, Any]) -> str:
    """A LabelSelector as a query string, as in a Scale (metav1.FormatLabelSelector)."""
    parts = [f"{name}={value}" for name, value in sorted((selector.get("matchLabels") or {}).items())]
    for requirement in sorted(selector.get("matchExpressions") or (), key=lambda one: str(one.get("key"))):
        key, operator = requirement["key"], requirement["operator"]
        values = ",".join(sorted(requirement.get("values") or ()))
        shapes = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        parts.append(shapes.get(operator, f"!{key}"))
    return ",".join(parts)


def _label_tests(text: str) -> list[Predicate]:
    tests: list[Predicate] = []
    position = 0
    while position < len(text):
        found = _REQUIREMENT.match(text, position)
        if found is None or found.end() == position:
            raise ApiError.bad_request(f"unable to parse requirement: found {text[position:]!r}, expected: identifier")
        tests.append(_label_test(found))
        position = found.end()
    return tests


def _label_test(found: re.Match[str]) -> Predicate:
    if found["absent"]:
        key = found["absent"][1:].strip()
        return lambda obj: key not in _labels(obj)
    if found["set_key"]:
        key = found["set_key"]
        values = frozenset(value.strip() for value in found["values"].split(","))
        if found["set_operator"] == "in":
            return lambda obj: key in _labels(obj) and _labels(obj)[key] in values
        return lambda obj: _labels(obj).get(key) not in values
    key, operator, value = found["key"], found["operator"], found["value"]
    match operator:
        case None:
            return lambda obj: key in _labels(obj)
        case "=" | "==":
            return lambda obj: _labels(obj).get(key) == value
        case "!=":
            return lambda obj: _labels(obj).get(key) != value
    if not value.isdigit():
        raise ApiError.bad_request(
            f"values[0][{key}]: Invalid value: {value!r}: for 'Gt', 'Lt' operators, the value must be an integer"
        )
    bound = int(value)
    sign = 1 if operator == ">" else -1
    return lambda obj: _labels(obj).get(key, "").isdigit() and sign * (int(_labels(obj)[key]) - bound) > 0


def _field_tests(resource: Resource, label_selector: str, field_selector: str) -> list[Predicate]:
    tests: list[Predicate] = []
    for requirement in filter(None, field_selector.split(",")):
        field, operator, value = re.split(r"(!=|==|=)", requirement, maxsplit=1) if "=" in requirement else ("", "", "")
        field = field.strip()
        if not operator:
            raise ApiError.bad_request(
                f"invalid field selector: invalid selector: '{field_selector}'; can't understand '{requirement}'"
            )
        supported = (
            *_FIELDS.get(resource, ()),
            "metadata.name",
            *(("metadata.namespace",) if resource.namespaced else ()),
        )
        if field not in supported:
            where = f"{resource.group}/{resource.version}, Resource={resource.plural}"
            raise ApiError.bad_request(
                f'Unable to find "{where}" that match label selector "{label_selector}", '
                f'field selector "{field_selector}": field label not supported: {field}'
            )
        tests.append(_field_test(resource, field, operator, value.strip()))
    return tests


def _field_test(resource: Resource, field: str, operator: str, value: str) -> Predicate:
    path = field.split(".")
    if resource is resources.EVENTS and field == "source":
        path = ["source", "component"]
    wanted = operator != "!="
    return lambda obj: (_text_at(obj, path) == value) is wanted


def _text_at(obj: Any, path: list[str]) -> str:
    for name in path:
        obj = obj.get(name) if isinstance(obj, dict) else None
    if isinstance(obj, bool):
        return "true" if obj else "false"
    if obj is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(obj)


def _labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}
