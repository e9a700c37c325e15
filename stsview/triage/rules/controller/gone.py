"""StatefulSets that were deleted without their pods."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.triage.rule import Rule, Situation, kubectl, rule, set_ref


@rule(
    level=Level.ERROR,
    title="StatefulSet is gone, its pods live",
    meaning="The StatefulSet was deleted with `--cascade=orphan`, by hand or in the middle of a recreation. Its pods "
    "run on, but no controller replaces one that ends, and they can neither be scaled nor updated.",
    remedy="Create the StatefulSet again with the same name, selector and pod template: the controller adopts the pods "
    "without a restart. `stsview recreate SET --continue` makes the manifest from what was saved, or from the newest "
    "ControllerRevision, the pods and the PVCs.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/tasks/run-application/delete-stateful-set/",
    reaches=Reaches.SET,
    needs=Situation.GONE,
)
def set_gone(case: RuleInput) -> Iterator[Finding]:
    if not case.view.gone:
        return
    about = set_ref(case)
    pods = [row.name for row in case.facts.rows.expected if row.slot.pod is not None]
    yield set_gone.finding(
        about,
        case.view.wait.headline,
        case.view.wait.since,
        (
            Evidence(str(about), "metadata", "absent"),
            *(Evidence(f"Pod {name}", "metadata.ownerReferences[].controller", "absent") for name in pods[:3]),
        ),
        (
            Remedy(
                "create the StatefulSet again: it adopts the pods without a restart",
                Danger.DISRUPTIVE,
                action=ActionId.RESUME_RECREATE,
            ),
            Remedy(
                "list its revisions, the newest of which has the pod template",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "controllerrevisions"),
            ),
        ),
        so=f"{listed(pods)} {'is not replaced when it ends' if len(pods) == 1 else 'are not replaced when they end'}",
    )


RULES: tuple[Rule, ...] = (set_gone,)
