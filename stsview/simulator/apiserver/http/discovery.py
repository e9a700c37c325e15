"""Discovery: version, API groups, and the resources of each group.

Aggregated discovery: KEP-3352. kubectl reads the aggregated form, and the classic one for `auth can-i` and `drain`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
Kinds: TypeAlias = tuple[Resource, ...]
_SUBRESOURCE_KINDS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "binding": ("", "v1", "Binding", ("create",)),
    "eviction": ("policy", "v1", "Eviction", ("create",)),
    "log": ("", "v1", "Pod", ("get",)),
    "exec": ("", "v1", "PodExecOptions", ("create", "get")),
    "proxy": ("", "v1", "NodeProxyOptions", ("create", "delete", "get", "patch", "update")),
    "portforward": ("", "v1", "PodPortForwardOptions", ("create", "get")),
    "scale": ("autoscaling", "v1", "Scale", ("get", "patch", "update")),
}
"""Group, version, kind and verbs of a subresource; others have the resource's own kind."""
_REVIEWS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("authorization.k8s.io", "v1"): (
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ),
    ("authentication.k8s.io", "v1"): (("selfsubjectreviews", "SelfSubjectReview"),),
}


def version_info(git_version: str) -> Object:
    """`/version`; `git_version` such as `v1.36.2`."""
    major, minor = git_version.removeprefix("v").split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": git_version,
        "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
        "gitTreeState": "clean",
        "buildDate": "2026-07-23T00:00:00Z",
        "goVersion": "go1.26.6",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def answer(path: str, accept: str, kinds: Kinds) -> tuple[Object, str] | None:
    """The discovery document of a path with its content type, or None."""
    aggregated = "as=APIGroupDiscoveryList" in accept and "v=v2" in accept
    match [part for part in path.split("/") if part]:
        case ["api"]:
            return (_aggregated(kinds, core=True), AGGREGATED) if aggregated else (_api_versions(), "application/json")
        case ["apis"]:
            return (
                (_aggregated(kinds, core=False), AGGREGATED) if aggregated else (_group_list(kinds), "application/json")
            )
        case ["api", "v1"]:
            return _resource_list(kinds, "", "v1"), "application/json"
        case ["apis", group] if group in _groups(kinds):
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(kinds, group)}, "application/json"
        case ["apis", group, version] if version in _groups(kinds).get(group, ()):
            return _resource_list(kinds, group, version), "application/json"
    return None


def _groups(kinds: Kinds) -> dict[str, tuple[str, ...]]:
    """Group names (without the core group) with their versions."""
    pairs = [(resource.group, resource.version) for resource in kinds if resource.group] + list(_REVIEWS)
    return {group: tuple(sorted({version for one, version in pairs if one == group})) for group in dict(pairs)}


def _api_versions() -> Object:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def _group_list(kinds: Kinds) -> Object:
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(kinds, group) for group in _groups(kinds)]}


def _group(kinds: Kinds, group: str) -> Object:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in _groups(kinds)[group]]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(kinds: Kinds, group: str, version: str) -> Object:
    listed: list[dict[str, Any]] = []
    for resource in _of(kinds, group, version):
        entry: dict[str, Any] = {
            "name": resource.plural,
            "singularName": resource.singular,
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": list(resource.verbs),
        }
        if resource.short_names:
            entry["shortNames"] = list(resource.short_names)
        if resource.categories:
            entry["categories"] = list(resource.categories)
        listed.append(entry)
        for name in resource.subresources:
            sub_group, sub_version, kind, verbs = _subresource(resource, name)
            described = {"group": sub_group, "version": sub_version} if (sub_group or name == "log") else {}
            listed.append(
                {
                    "name": f"{resource.plural}/{name}",
                    "singularName": "",
                    "namespaced": resource.namespaced,
                    **{key: value for key, value in described.items() if value},
                    "kind": kind,
                    "verbs": list(verbs),
                }
            )
    for plural, kind in _REVIEWS.get((group, version), ()):
        listed.append(
            {"name": plural, "singularName": kind.lower(), "namespaced": False, "kind": kind, "verbs": ["create"]}
        )
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": listed}


def _aggregated(kinds: Kinds, *, core: bool) -> Object:
    groups = {"": ("v1",)} if core else _groups(kinds)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": version,
                        "resources": _aggregated_resources(kinds, group, version),
                        "freshness": "Current",
                    }
                    for version in versions
                ],
            }
            for group, versions in groups.items()
        ],
    }


def _aggregated_resources(kinds: Kinds, group: str, version: str) -> list[dict[str, Any]]:
    listed = [_aggregated_resource(resource) for resource in _of(kinds, group, version)]
    for plural, kind in _REVIEWS.get((group, version), ()):
        listed.append(
            {
                "resource": plural,
                "responseKind": {"group": group, "version": version, "kind": kind},
                "scope": "Cluster",
                "singularResource": kind.lower(),
                "verbs": ["create"],
            }
        )
    return listed


def _aggregated_resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = []
        for name in resource.subresources:
            group, version, kind, verbs = _subresource(resource, name)
            response = {"group": group, "version": version, "kind": kind}
            entry["subresources"].append({"subresource": name, "responseKind": response, "verbs": list(verbs)})
    return entry


def _subresource(resource: Resource, name: str) -> tuple[str, str, str, tuple[str, ...]]:
    own = (resource.group, resource.version, resource.kind, ("get", "patch", "update"))
    return _SUBRESOURCE_KINDS.get(name, own)


def _of(kinds: Kinds, group: str, version: str) -> list[Resource]:
    return [resource for resource in kinds if (resource.group, resource.version) == (group, version)]
