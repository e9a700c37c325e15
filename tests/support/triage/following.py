"""Carries out the commands of findings in a simulated cluster."""

from __future__ import annotations

import json
import shlex
from typing import Any

import jsonpatch

from stsview.model.finding import Finding
from stsview.simulator.apiserver.resources import NODES, PODS, STATEFUL_SETS, Resource
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster

_KINDS: dict[str, Resource] = {"pod": PODS, "statefulset": STATEFUL_SETS}


def follow(cluster: SimulatedCluster, finding: Finding, action: str = "", having: str = "") -> None:
    """Run the command of the first remedy that matches `action` or `having`."""
    run(cluster, next(one.command for one in finding.remedies if _matches(one.action, one.command, action, having)))


def _matches(action: str | None, command: str, wanted: str, having: str) -> bool:
    return action == wanted if wanted else having in command


def run(cluster: SimulatedCluster, command: str) -> None:
    """Run one of the kubectl commands that findings propose.

    Raises `ApiError` if the API server rejects it.
    """
    words = shlex.split(command)[1:]
    namespace = words[1] if words[0] == "-n" else ""
    match words[2:] if namespace else words:
        case ["delete", "pod", name, *options]:
            grace = 0 if "--grace-period=0" in options else None
            cluster.storage.delete(PODS, namespace, name, grace_seconds=grace)
        case ["delete", "node", name]:
            cluster.storage.delete(NODES, "", name)
        case ["taint", "nodes", name, taint]:
            key, _, rest = taint.partition("=")
            value, _, effect = rest.partition(":")
            added = {"key": key, "value": value, "effect": effect}
            cluster.edit(NODES, "", name, lambda one: one["spec"].setdefault("taints", []).append(added))
        case ["patch", "pod", name, "--type=json", "-p", patch]:
            cluster.edit(PODS, namespace, name, lambda one: jsonpatch.apply_patch(one, patch, in_place=True))
        case ["patch", "statefulset", name, "--type=merge", "-p", patch]:
            cluster.edit(STATEFUL_SETS, namespace, name, lambda one: _merge(one, json.loads(patch)))
        case ["annotate", kind, name, "--overwrite", *pairs]:
            _mark(cluster, _KINDS[kind], namespace, name, "annotations", pairs)
        case ["label", kind, name, "--overwrite", *pairs]:
            _mark(cluster, _KINDS[kind], namespace, name, "labels", pairs)
        case _:
            raise AssertionError(f"unsupported command: {command}")


def _mark(
    cluster: SimulatedCluster, resource: Resource, namespace: str, name: str, field: str, pairs: list[str]
) -> None:
    marks = dict(pair.split("=", 1) for pair in pairs)

    def change(one: Object) -> None:
        one["metadata"].setdefault(field, {}).update(marks)

    cluster.edit(resource, namespace, name, change)


def _merge(into: Object, patch: dict[str, Any]) -> None:
    """RFC 7386."""
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value is None:
            into.pop(key, None)
        else:
            into[key] = value
