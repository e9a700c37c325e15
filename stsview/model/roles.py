"""Which part a member plays, where a label tells."""

from __future__ import annotations

from stsview.model.settings import ModelSettings
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet


def role_of(pod: Pod, stateful: StatefulSet, settings: ModelSettings) -> str:
    """The value of the role label; empty when there is none.

    A label that the template gives to every pod alike is no role of a member, unless the set's annotation names it.
    """
    named = stateful.metadata.annotations.get(settings.role_label_annotation)
    if named:
        return pod.metadata.labels.get(named, "")
    template = stateful.spec.template.metadata.labels
    for label in settings.role_labels:
        value = pod.metadata.labels.get(label)
        if value and template.get(label) != value:
            return value
    return ""
