"""What a real control plane wrote is enough to recreate a set: its templates are equal, its manifest can be rebuilt."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from stsview.actions.operations.recreate.manifest import canonical, covers
from stsview.actions.operations.recreate.rebuild import rebuild
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, FULL_REVISIONS, PODS
from stsview.objects.meta import Key, convert
from stsview.objects.pod import Pod
from stsview.objects.statefulset import RecordedRevision
from tests.support.paths import HISTORIES
from tests.support.recorded.player import NAMES

Object = dict[str, Any]
State = dict[str, dict[str, Object]]
"""By kind and name."""


def states(name: str) -> list[State]:
    """The objects of a recording after each event of its set."""
    held: State = {}
    found = []
    with gzip.open(HISTORIES / f"{name}.jsonl.gz", "rt") as lines:
        for line in lines:
            event = json.loads(line).get("event")
            if event is None or event["type"] in ("BOOKMARK", "ERROR"):
                continue
            kind, one = json.loads(line)["kind"], event["object"]
            objects = held.setdefault(kind, {})
            if event["type"] == "DELETED":
                objects.pop(one["metadata"]["name"], None)
            else:
                objects[one["metadata"]["name"]] = one
            if kind == "statefulsets" and objects:
                found.append({kind: dict(objects) for kind, objects in held.items()})
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_template_of_a_set_is_that_of_its_update_revision(name: str) -> None:
    compared = 0
    for state in states(name):
        (stateful,) = state["statefulsets"].values()
        status = stateful.get("status") or {}
        revision = state.get("controllerrevisions", {}).get(status.get("updateRevision", ""))
        if revision is None or status.get("observedGeneration") != stateful["metadata"]["generation"]:
            continue
        recorded = {field: value for field, value in revision["data"]["spec"]["template"].items() if field != "$patch"}
        assert canonical(recorded) == canonical(stateful["spec"]["template"])
        compared += 1
    assert compared


@pytest.mark.parametrize("name", ["life", "rollout-restart", "min-ready-seconds", "on-delete"])
def test_a_manifest_is_rebuilt_from_what_the_set_leaves(name: str) -> None:
    """Of the last moment at which all its pods existed and ran the newest revision."""

    def whole(state: State) -> bool:
        (stateful,) = state["statefulsets"].values()
        status = stateful.get("status") or {}
        wanted = stateful["spec"]["replicas"]
        updated = status.get("updatedReplicas", 0) == wanted and status.get("replicas") == wanted
        return bool(wanted > 0 and updated and len(state.get("pods", {})) == wanted)

    state = [one for one in states(name) if whole(one)][-1]
    (stateful,) = state["statefulsets"].values()
    key = Key(stateful["metadata"]["namespace"], stateful["metadata"]["name"])
    pods = [convert(one, PODS.decoder) for _, one in sorted(state["pods"].items())]
    revisions = [convert(one, FULL_REVISIONS.decoder) for one in state["controllerrevisions"].values()]
    revisions.sort(key=lambda one: one.revision if isinstance(one, RecordedRevision) else 0)
    claims = {claim: convert(one, CLAIMS.decoder) for claim, one in state["persistentvolumeclaims"].items()}
    rebuilt = rebuild(
        key,
        [one for one in pods if isinstance(one, Pod)],
        [one for one in revisions if isinstance(one, RecordedRevision)],
        {claim: one for claim, one in claims.items() if isinstance(one, PersistentVolumeClaim)},
    )
    spec = rebuilt.manifest["spec"]
    templates = [{**one, "spec": {**one["spec"]}} for one in spec.pop("volumeClaimTemplates")]
    given = stateful["spec"]["volumeClaimTemplates"]
    assert covers(stateful["spec"], spec)
    assert [one["metadata"]["name"] for one in templates] == [one["metadata"]["name"] for one in given]
    for made, was in zip(templates, given, strict=True):
        made["spec"].pop("storageClassName", None)
        assert covers(was["spec"], made["spec"])
