"""What the plan of a recreation says: its steps, its risks, and the same in kubectl."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.actions.operations.recreate.changes import Field, FieldChange, Recreation, present_value
from stsview.actions.operations.recreate.facts import RecreationFacts
from stsview.actions.plan import Alternative
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.model.names import counted, listed

_RETAIN = '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain"}}}'


def steps(facts: RecreationFacts) -> Iterator[str]:
    """What happens, in order."""
    name = facts.fresh.view.name
    if facts.detaches:
        yield "set whenDeleted to Retain, until no PVC belongs to the set"
    yield f"save the manifest, and delete {name} without its pods"
    yield f"create it again with {listed([said(facts, change) for change in facts.recreation.changes])}"
    count = len(facts.pods)
    pods = "its pod" if count == 1 else f"its {counted(count, 'pod')}" if count else "no pod"
    yield f"it adopts {pods} and its revisions; no pod restarts"


def details(facts: RecreationFacts) -> Iterator[str]:
    """More about the steps."""
    yield f"the manifest is saved to {facts.manifest_path}"
    yield "the set is without a controller for about a second, which is measured"


def said(facts: RecreationFacts, change: FieldChange) -> str:
    """One change: `serviceName zk-hs instead of zk`."""
    before = present_value(facts.old, change) if not facts.fault else None
    after = change.value or "empty"
    return f"{change.name} {after} instead of {before}" if before else f"{change.name} {after}"


def risks(facts: RecreationFacts) -> Iterator[str]:
    """The risk of each change, and that of the way to it."""
    for change in facts.recreation.changes:
        yield from _risks_of(change, facts)
    yield f"If stsview ends in between, no pod is replaced until: {resume_command(facts.recreation)}"


def resume_command(recreation: Recreation) -> str:
    return stsview(recreation.set.namespace, "recreate", recreation.set.name, "--continue")


def safer(facts: RecreationFacts) -> Iterator[Alternative]:
    """What does more than a changed template: expand the present PVCs too."""
    namespace, name = facts.key
    for change in facts.recreation.changes:
        if change.field is Field.SIZE:
            options = ("--size", change.value, "--claim", change.template, "--template")
            yield Alternative("expand the present PVCs as well", stsview(namespace, "grow", name, *options))


def _risks_of(change: FieldChange, facts: RecreationFacts) -> Iterator[str]:
    new_only = "Only PVCs of new ordinals have it; the present ones"
    match change.field:
        case Field.SERVICE_NAME:
            old = facts.fresh.set.spec.service_name or "no Service"
            yield f"Each pod keeps its DNS name below {old} until it is restarted; then clients need the new one."
        case Field.POD_MANAGEMENT_POLICY if change.value == "Parallel":
            yield ("Scaling then creates and deletes all pods at once, in no order.")
        case Field.POD_MANAGEMENT_POLICY:
            yield "A pod that is not Ready then blocks those above it, scaling down and rollouts."
        case Field.STORAGE_CLASS:
            yield f"{new_only} keep their class: members may differ in speed, zone, reclaim policy."
        case Field.SIZE if facts.recreation.command != "grow":
            yield f"{new_only} keep their size."
        case Field.LABEL:
            yield f"{new_only} keep their labels: selectors may miss them."


def same_as(facts: RecreationFacts) -> str:
    """The same in kubectl, which makes the new manifest from the present one before it deletes anything."""
    namespace, name = facts.key
    operations = [*_operations(facts), {"op": "remove", "path": "/metadata/resourceVersion"}]
    operations.append({"op": "remove", "path": "/metadata/uid"})
    file = f"{name}.new.json"
    edit = kubectl("", "patch", "--local", "-f", "-", "--type", "json", "-o", "json", "-p", json.dumps(operations))
    commands = [
        f"{kubectl(namespace, 'get', 'statefulset', name, '-o', 'json')} | {edit} > {file}",
        *(
            [kubectl(namespace, "patch", "statefulset", name, "--type", "merge", "-p", _RETAIN)]
            if facts.detaches
            else []
        ),
        kubectl(namespace, "delete", "statefulset", name, "--cascade=orphan"),
        kubectl(namespace, "create", "-f", file),
    ]
    return " && ".join(commands)


def _operations(facts: RecreationFacts) -> Iterator[dict[str, object]]:
    templates = (facts.old.get("spec") or {}).get("volumeClaimTemplates") or []
    names = [(one.get("metadata") or {}).get("name") for one in templates]
    for change in facts.recreation.changes:
        if not change.template:
            yield {"op": "add", "path": f"/spec/{change.field.value}", "value": change.value}
            continue
        at = f"/spec/volumeClaimTemplates/{names.index(change.template)}"
        match change.field:
            case Field.STORAGE_CLASS:
                yield {"op": "add", "path": f"{at}/spec/storageClassName", "value": change.value}
            case Field.SIZE:
                yield {"op": "add", "path": f"{at}/spec/resources/requests/storage", "value": change.value}
            case Field.LABEL:
                if not (templates[names.index(change.template)]["metadata"].get("labels")):
                    yield {"op": "add", "path": f"{at}/metadata/labels", "value": {}}
                pointer = change.label.replace("~", "~0").replace("/", "~1")
                yield {"op": "add", "path": f"{at}/metadata/labels/{pointer}", "value": change.value}
