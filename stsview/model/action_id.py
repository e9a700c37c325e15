"""Ids of the actions that change a cluster."""

from __future__ import annotations

from enum import StrEnum


class ActionId(StrEnum):
    """Id of an action in plans, findings, commands, JSON documents and the audit log.

    Audit logs outlive releases, and keep the ids that they were written with: docs/json.md lists the former ones.
    """

    SCALE = "scale"
    DELETE_POD = "delete-pod"
    FORCE_DELETE = "force-delete"
    RECONCILE = "reconcile"
    RESTART = "restart"
    ORDERED_RESTART = "ordered-restart"
    UNDO = "undo"
    UNBLOCK = "unblock"
    CANARY_START = "canary-start"
    CANARY_NEXT = "canary-next"
    """One ordinal more, or all that are left (`canary finish`)."""
    CANARY_ABORT = "canary-abort"
    PAUSE = "pause"
    RESUME = "resume"
    GROW = "grow"
    RECREATE = "recreate"
    RESUME_RECREATE = "resume-recreate"
    """Creates a set that is gone while its pods live (`recreate --continue`)."""
    CORDON = "cordon"
    UNCORDON = "uncordon"
