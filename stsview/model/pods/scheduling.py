"""What the scheduler's messages say about pods that fit no node."""

from __future__ import annotations

import re

from stsview.model.names import one_line

VOLUME_AFFINITY = re.compile(r"volume node affinity|PersistentVolume's node affinity", re.IGNORECASE)
"""The volume is reachable only from other nodes (pkg/scheduler/framework/plugins/volumebinding, ErrReasonNodeConflict;
the second wording is the newer one)."""

ABOUT_CLAIMS = re.compile(r"persistentvolumeclaim|\bPVC \"", re.IGNORECASE)
"""A claim of the pod is not bound, does not exist, or belongs to another pod (pkg/scheduler/framework/plugins;
component-helpers, storage/ephemeral, VolumeIsForPod)."""

_REQUESTED = re.compile(r"Insufficient|affinity|topology spread|free ports")
"""Reasons that depend on what the pod requests as much as on the nodes. Taints do not count: the message mostly counts
those of the control plane's own nodes."""


def template_at_fault(message: str) -> bool:
    """Whether a pod of another template might fit a node, by the scheduler's message."""
    return _REQUESTED.search(VOLUME_AFFINITY.sub("", without_preemption(message))) is not None


def without_preemption(message: str) -> str:
    """The message on one line, without what the scheduler says about preemption."""
    return one_line(message).partition(" preemption:")[0]
