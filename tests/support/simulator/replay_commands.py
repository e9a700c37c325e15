"""The commands of the recordings, applied to a simulated cluster.

| recorded | applied |
| --- | --- |
| `kubectl apply -f -` | its manifest is created |
| `kubectl scale`, `patch --type=merge`, `set image`, `annotate`, `taint` | the change, by `Storage.modify` |
| `kubectl rollout restart`, `rollout undo` | kubectl's patch: restartedAt, the second newest template |
| `kubectl delete`, `evict` | `Storage.delete`, the eviction of the API server |
| `kubectl get`, `rollout status`, `rollout history` | nothing: they only read |

Annotations `test/…` caused the faults of the recordings' kubelets; they are translated to the simulator's.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

import yaml

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import (
    CLAIMS,
    CONTROLLER_REVISIONS,
    NODES,
    PODS,
    RESOURCE_QUOTAS,
    STATEFUL_SETS,
    Resource,
)
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.nodes.node_specs import NodeFault
from tests.support.simulator.replay_strands import Command

_RESOURCES: dict[str, Resource] = {
    "sts": STATEFUL_SETS,
    "pod": PODS,
    "pvc": CLAIMS,
    "node": NODES,
    "quota": RESOURCE_QUOTAS,
}

_ANNOTATIONS = {
    "imagepull": ("image-pull", "fail"),
    "crash": ("crash", "1"),
    "unready": ("unready", "true"),
    "pending": ("pending", "true"),
    "stuck": ("stuck", "true"),
    "unbound": ("provision", "never"),
}

BETWEEN_REQUESTS = 0.01
"""Seconds between two requests of one command."""


def run(cluster: SimulatedCluster, namespace: str, command: Command) -> None:
    """Execute a recorded command.

    Raises AssertionError when the result differs from the recorded one.
    """
    words = shlex.split(command.text)
    if words[0] == "evict":
        code = _evict(cluster, namespace, words[1])
        assert code == command.returned, f"{command.text} returned {code}"
        return
    verb, rest = words[1], words[2:]
    if verb in ("get", "rollout") and rest[0] not in ("restart", "undo"):
        return
    match verb:
        case "apply":
            manifests = [_translated(one) for one in yaml.safe_load_all(command.manifest) if one]
            for manifest in manifests:
                cluster.apply(manifest, namespace)
        case "scale":
            cluster.scale(namespace, rest[1], int(_option(rest, "--replicas")))
        case "patch":
            _patch(cluster, namespace, rest)
        case "set":
            cluster.set_image(namespace, rest[1].partition("/")[2], rest[2].partition("=")[2])
        case "rollout" if rest[0] == "restart":
            stamp = {"kubectl.kubernetes.io/restartedAt": str(command.at)}
            cluster.edit_template(namespace, rest[2], annotations=stamp)
        case "rollout":
            _undo(cluster, namespace, rest[2])
        case "annotate":
            _annotate(cluster, namespace, rest)
        case "taint":
            _taint(cluster, rest[1], rest[2])
        case "delete":
            _delete(cluster, namespace, rest)
        case _:
            raise AssertionError(f"no translation for {command.text}")


def _translated(value: Any) -> Any:
    """The manifest with the simulator's annotations instead of the recordings'."""
    if isinstance(value, dict):
        return dict(_annotation(name, one) or (name, _translated(one)) for name, one in value.items())
    return [_translated(one) for one in value] if isinstance(value, list) else value


def _annotation(name: str, value: Any) -> tuple[str, Any] | None:
    if not name.startswith("test/"):
        return None
    word, _, limit = name.removeprefix("test/").partition("-")
    ours, default = _ANNOTATIONS[word]
    if limit:
        return f"{PREFIX}{ours}-ordinals", value
    return PREFIX + ours, default if value == "true" else value


def _option(words: list[str], name: str) -> str:
    return next(word.partition("=")[2] for word in words if word.startswith(f"{name}="))


def _scope(resource: Resource, namespace: str) -> str:
    return namespace if resource.namespaced else ""


def _patch(cluster: SimulatedCluster, namespace: str, words: list[str]) -> None:
    resource = _RESOURCES[words[0]]
    patch = _translated(json.loads(words[words.index("-p") + 1]))
    cluster.edit(resource, namespace, words[1], lambda one: _merge(one, patch))


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            _merge(target.setdefault(name, {}), value)
        else:
            target[name] = value


def _undo(cluster: SimulatedCluster, namespace: str, name: str) -> None:
    history = sorted(cluster.storage.list(CONTROLLER_REVISIONS, namespace), key=lambda one: one["revision"])
    template = {key: value for key, value in history[-2]["data"]["spec"]["template"].items() if key != "$patch"}
    cluster.edit(STATEFUL_SETS, namespace, name, lambda one: one["spec"].update(template=template))


def _annotate(cluster: SimulatedCluster, namespace: str, words: list[str]) -> None:
    resource, name = _RESOURCES[words[0]], words[1]
    changes = dict(_change(word) for word in words[2:])
    if "test/dead" in changes:
        if changes["test/dead"] is None:
            cluster.recover_node(name)
        else:
            cluster.fail_node(name, NodeFault.HEARTBEAT)
        return
    patch = {"metadata": {"annotations": _translated(changes)}}
    cluster.edit(resource, _scope(resource, namespace), name, lambda one: _merge(one, patch))


def _change(word: str) -> tuple[str, str | None]:
    if word.endswith("-"):
        return word[:-1], None
    name, _, value = word.partition("=")
    return name, value


def _taint(cluster: SimulatedCluster, node: str, word: str) -> None:
    def change(one: dict[str, Any]) -> None:
        taints = one["spec"].setdefault("taints", [])
        if word.endswith("-"):
            taints[:] = [taint for taint in taints if taint["key"] != word[:-1]]
        else:
            setting, _, effect = word.partition(":")
            key, _, value = setting.partition("=")
            taints.insert(0, {"key": key, "value": value, "effect": effect})

    cluster.edit(NODES, "", node, change)


def _delete(cluster: SimulatedCluster, namespace: str, words: list[str]) -> None:
    resource = _RESOURCES[words[0]]
    grace = 0 if "--force" in words else None
    for name in (word for word in words[1:] if not word.startswith("--")):
        cluster.storage.delete(resource, _scope(resource, namespace), name, grace_seconds=grace)
        cluster.advance(BETWEEN_REQUESTS)


def _evict(cluster: SimulatedCluster, namespace: str, name: str) -> str:
    try:
        evict(cluster.storage, namespace, name)
    except ApiError as error:
        return str(error.code)
    return "201"
