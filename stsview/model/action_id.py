"""Ids of the actions that change a cluster."""

from __future__ import annotations

from enum import StrEnum


class ActionId(StrEnum):
    """Id of an action in plans, findings, commands, JSON documents and the audit log.

    A member is never renamed without an entry in `FORMER_IDS`: audit logs outlive releases.
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


FORMER_IDS = {
    "canary": ActionId.CANARY_START,
    "free": ActionId.UNBLOCK,
    "nudge": ActionId.RECONCILE,
    "restart-in-order": ActionId.ORDERED_RESTART,
}
"""Ids in the audit logs of earlier releases; `canary` stood for all three canary actions."""
