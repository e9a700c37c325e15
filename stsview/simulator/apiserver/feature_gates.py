"""Feature gates that change what the API server stores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Gates:
    """The feature gates of a cluster."""

    max_unavailable_stateful_set: bool = False
    """MaxUnavailableStatefulSet: while off, `rollingUpdate.maxUnavailable` is dropped silently; while on, it defaults
    to 1."""
