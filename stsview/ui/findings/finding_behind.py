"""The finding behind a plan."""

from __future__ import annotations

from stsview.actions.intents import DeletePod, ForceDelete, SetIntent
from stsview.model.finding import Finding
from stsview.model.names import pod_name
from stsview.model.views import SetView
from stsview.triage.on_first_use import rule_of


def finding_behind(view: SetView, intent: SetIntent) -> Finding | None:
    """The first finding that proposes the action, or else the first that concerns what it is about.

    A plan for a pod is about that pod, and no finding of another one is behind it.
    """
    pod = intent.pod if isinstance(intent, DeletePod | ForceDelete) else ""
    known = [one for one in view.findings if rule_of(one.rule) is not None and (not pod or _concerns(view, one, pod))]
    proposing = (one for one in known if any(remedy.action is intent.action for remedy in one.remedies))
    return next(proposing, known[0] if known else None)


def _concerns(view: SetView, finding: Finding, pod: str) -> bool:
    names = {pod_name(view.name, ordinal) for ordinal in finding.ordinals}
    return not finding.ordinals or pod in names
