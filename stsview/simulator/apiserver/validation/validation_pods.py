"""Validation of pods, pod templates and Services.

Source: kubernetes/pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

import re
from typing import Any

from stsview.simulator.apiserver.errors import FieldProblem
from stsview.simulator.apiserver.wire import Object, encode

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NAME_PROBLEM = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_MUTABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_RESTART_POLICIES = ("Always", "OnFailure", "Never")


def on_create(pod: Object) -> list[FieldProblem]:
    problems = spec_problems(pod["spec"], "spec")
    for name in ("hostname", "subdomain"):
        value = pod["spec"].get(name)
        if value and not _NAME.fullmatch(value):
            problems.append(FieldProblem.invalid(f"spec.{name}", f'"{value}"', _NAME_PROBLEM))
    return problems


def on_update(old: Object, new: Object) -> list[FieldProblem]:
    if _fixed(old["spec"]) == _fixed(new["spec"]):
        return []
    return [FieldProblem.forbidden("spec", _MUTABLE)]


def template_problems(template: dict[str, Any], path: str) -> list[FieldProblem]:
    """The problems of a pod template, which must have `restartPolicy: Always`."""
    spec = template.get("spec") or {}
    problems = spec_problems(spec, f"{path}.spec")
    if spec.get("restartPolicy") in _RESTART_POLICIES[1:]:
        problems.append(FieldProblem.not_supported(f"{path}.spec.restartPolicy", spec["restartPolicy"], ("Always",)))
    return problems


def spec_problems(spec: dict[str, Any], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    containers = spec.get("containers") or []
    if not containers:
        problems.append(FieldProblem.required(f"{path}.containers"))
    volumes = {volume.get("name") for volume in spec.get("volumes") or []}
    names: set[str] = set()
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind) or []):
            problems += _container_problems(container, f"{path}.{kind}[{index}]", names)
    if path == "spec":
        problems += _mount_problems(spec, volumes)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        value = str(spec["terminationGracePeriodSeconds"])
        problem = "must be greater than or equal to 0"
        problems.append(FieldProblem.invalid(f"{path}.terminationGracePeriodSeconds", value, problem))
    if spec.get("restartPolicy", "Always") not in _RESTART_POLICIES:
        problems.append(FieldProblem.not_supported(f"{path}.restartPolicy", spec["restartPolicy"], _RESTART_POLICIES))
    return problems


def budget_on_create(budget: Object) -> list[FieldProblem]:
    spec = budget["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = encode(spec).decode()
        return [FieldProblem.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")]
    return []


def service_on_update(old: Object, new: Object) -> list[FieldProblem]:
    """The problems of a Service update.

    The cluster IP is immutable, unless the type changes from or to ExternalName.
    """
    if "ExternalName" in (old["spec"].get("type"), new["spec"].get("type")):
        return []
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if before == after:
        return []
    shown = encode([after]).decode()
    return [
        FieldProblem.invalid("spec.clusterIPs[0]", shown, "may not change once set"),
    ]


def _container_problems(container: dict[str, Any], path: str, names: set[str]) -> list[FieldProblem]:
    problems = []
    name = container.get("name", "")
    if not name:
        problems.append(FieldProblem.required(f"{path}.name"))
    elif not _NAME.fullmatch(name):
        problems.append(FieldProblem.invalid(f"{path}.name", f'"{name}"', _NAME_PROBLEM))
    elif name in names:
        problems.append(FieldProblem("FieldValueDuplicate", f"{path}.name", f'Duplicate value: "{name}"'))
    names.add(name)
    if not container.get("image"):
        problems.append(FieldProblem.required(f"{path}.image"))
    return problems


def _mount_problems(spec: dict[str, Any], volumes: set[str | None]) -> list[FieldProblem]:
    """The problems of volume mounts, in pods only.

    A StatefulSet's template may mount volumes of its claim templates.
    """
    problems = []
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind) or []):
            for place, mount in enumerate(container.get("volumeMounts") or []):
                if mount.get("name") not in volumes:
                    path = f"spec.{kind}[{index}].volumeMounts[{place}].name"
                    problems.append(FieldProblem("FieldValueNotFound", path, f'Not found: "{mount.get("name")}"'))
    return problems


def _fixed(spec: dict[str, Any]) -> dict[str, Any]:
    """The fields of a pod that an update must not change."""
    apart = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds")
    fixed = {name: value for name, value in spec.items() if name not in apart}
    for kind in ("initContainers", "containers"):
        fixed[kind] = [{**container, "image": ""} for container in spec.get(kind) or []]
    return fixed
