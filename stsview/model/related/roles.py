"""The role of a member, from a label of its pod."""

from __future__ import annotations

from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet

_LEADING = frozenset({"leader", "primary", "master", "active"})


def role_of(pod: Pod, stateful: StatefulSet, settings: ModelSettings) -> str:
    """The value of the role label; empty when there is none.

    A label that the template gives to every pod is no role, unless an annotation of the set names that label.
    """
    label = role_label_of(pod, stateful, settings)
    return pod.metadata.labels.get(label, "") if label else ""


def role_label_of(pod: Pod, stateful: StatefulSet, settings: ModelSettings) -> str:
    """The label that holds its role; empty when none does."""
    named = stateful.metadata.annotations.get(settings.role_label_annotation)
    if named:
        return named
    if pod.metadata.labels.keys().isdisjoint(settings.role_labels):
        return ""
    template = stateful.spec.template.metadata.labels
    for label in settings.role_labels:
        value = pod.metadata.labels.get(label)
        if value and template.get(label) != value:
            return label
    return ""


def leading(view: SetView) -> str:
    """`label=value` of the leading member.

    Empty where no role, or more than one, marks a leader.
    """
    roles = {row.role for row in view.ordinals if row.role in _LEADING}
    return f"{view.role_label}={roles.pop()}" if view.role_label and len(roles) == 1 else ""
