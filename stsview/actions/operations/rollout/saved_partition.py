"""Partitions saved in annotations of the set.

With them another operator can resume or abort.
"""

from __future__ import annotations

from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, FormerPartition, former_partition

__all__ = ["CANARY_PARTITION", "PAUSED_PARTITION", "FormerPartition", "canary_from", "former_partition", "paused_from"]


def canary_from(fresh: FreshState) -> FormerPartition | None:
    """The partition before the canary; None if stsview has not started one."""
    return former_partition(fresh.set.metadata.annotations, CANARY_PARTITION)


def paused_from(fresh: FreshState) -> FormerPartition | None:
    """The partition before the pause; None if the rollout is not paused."""
    return former_partition(fresh.set.metadata.annotations, PAUSED_PARTITION)
