"""Annotations in which a set keeps the partition to go back to, so that whoever comes next can take over."""

from __future__ import annotations

from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, FormerPartition, former_partition

__all__ = ["CANARY_PARTITION", "PAUSED_PARTITION", "FormerPartition", "canary_from", "former_partition", "paused_from"]


def canary_from(found: FreshState) -> FormerPartition | None:
    """What there was before the canary; None where no canary was begun by stsview."""
    return former_partition(found.set.metadata.annotations, CANARY_PARTITION)


def paused_from(found: FreshState) -> FormerPartition | None:
    """What there was before the pause; None where nothing is paused."""
    return former_partition(found.set.metadata.annotations, PAUSED_PARTITION)
