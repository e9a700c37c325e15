"""Which actions each command of the screens can open a plan for."""

from __future__ import annotations

from collections.abc import Mapping

from stsview.model.action_id import ActionId
from stsview.ui.changes.partition_choices import CANARY_CHOICES, PartitionChoice
from stsview.ui.changes.remedy_intents import INTENTS

ACTIONS_BY_COMMAND: Mapping[str, tuple[ActionId, ...]] = {
    ActionId.SCALE: (ActionId.SCALE,),
    ActionId.RECONCILE: (ActionId.RECONCILE,),
    ActionId.DELETE_POD: (ActionId.DELETE_POD,),
    # Deletes gracefully where the pod is not stuck terminating.
    ActionId.FORCE_DELETE: (ActionId.FORCE_DELETE, ActionId.DELETE_POD),
    # The form offers both.
    ActionId.RESTART: (ActionId.RESTART, ActionId.ORDERED_RESTART),
    ActionId.PAUSE: (ActionId.PAUSE,),
    ActionId.RESUME: (ActionId.RESUME,),
    ActionId.UNDO: (ActionId.UNDO,),
    # The latter for a set that is gone.
    ActionId.RECREATE: (ActionId.RECREATE, ActionId.RESUME_RECREATE),
    ActionId.CORDON: (ActionId.CORDON,),
    ActionId.UNCORDON: (ActionId.UNCORDON,),
    ActionId.UNBLOCK: (ActionId.UNBLOCK,),
    ActionId.GROW: (ActionId.GROW,),
    "fix": (*INTENTS, ActionId.SCALE, ActionId.GROW),
    "partition": tuple(choice.action for choice in PartitionChoice),
    "canary": tuple(choice.action for choice in CANARY_CHOICES),
    "undo_to_selected": (ActionId.UNDO,),
}
"""By command id. A command that stands for one action has the action's id."""
