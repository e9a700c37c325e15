"""ConfigMaps and Secrets that a pod references and that do not exist, in the kubelet's words.

Source: kubernetes/pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/volume/{configmap,secret,projected}. The
ConfigMap kube-root-ca.crt, which every namespace has, is not simulated and counts as present.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stsview.simulator.apiserver.resources import CONFIG_MAPS, SECRETS, Resource
from stsview.simulator.apiserver.wire import Object

Find = Callable[[Resource, str, str], Object | None]
"""The object of a kind by namespace and name, or None."""

ROOT_CERTIFICATES = "kube-root-ca.crt"


def volume_problem(pod: Object, find: Find) -> tuple[str, str] | None:
    """The first volume that cannot be set up, and why; None when all can."""
    for volume in pod["spec"].get("volumes") or ():
        for resource, source in _sources(volume):
            name = source.get("secretName") or source.get("name") or ""
            problem = _problem(find, resource, pod["metadata"]["namespace"], name, source)
            if problem is None and not source.get("optional"):
                problem = _missing_item(find, resource, pod["metadata"]["namespace"], name, source)
            if problem is not None:
                return volume["name"], problem
    return None


def environment_problem(container: Object, namespace: str, find: Find) -> str | None:
    """Why the environment variables of a container cannot be set, or None."""
    for source in container.get("envFrom") or ():
        for field, resource in (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS)):
            if reference := source.get(field):
                problem = _problem(find, resource, namespace, reference.get("name", ""), reference)
                if problem is not None:
                    return problem
    for variable in container.get("env") or ():
        for field, resource in (("configMapKeyRef", CONFIG_MAPS), ("secretKeyRef", SECRETS)):
            if reference := (variable.get("valueFrom") or {}).get(field):
                name, key = reference.get("name", ""), reference.get("key", "")
                problem = _problem(find, resource, namespace, name, reference)
                found = find(resource, namespace, name)
                if problem is None and found and key not in _data(found) and not reference.get("optional"):
                    problem = f"couldn't find key {key} in {resource.kind} {namespace}/{name}"
                if problem is not None:
                    return problem
    return None


def _sources(volume: Object) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        if config_map := source.get("configMap"):
            yield CONFIG_MAPS, config_map
        if secret := source.get("secret"):
            yield SECRETS, secret


def _problem(find: Find, resource: Resource, namespace: str, name: str, reference: Object) -> str | None:
    if reference.get("optional") or find(resource, namespace, name) is not None:
        return None
    if resource is CONFIG_MAPS and name == ROOT_CERTIFICATES:
        return None
    return f'{resource.singular} "{name}" not found'


def _missing_item(find: Find, resource: Resource, namespace: str, name: str, source: Object) -> str | None:
    found = find(resource, namespace, name)
    if found is None:
        return None
    present = {**_data(found), **(found.get("binaryData") or {})}
    for item in source.get("items") or ():
        if item.get("key", "") not in present:
            what = (
                "configmap references non-existent config"
                if resource is CONFIG_MAPS
                else ("references non-existent secret")
            )
            return f"{what} key: {item.get('key', '')}"
    return None


def _data(obj: Object) -> dict[str, Any]:
    return obj.get("data") or {}
