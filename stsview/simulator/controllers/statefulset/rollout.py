"""Which pods a rolling update deletes next, by controller version.

Source: kubernetes/pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet,
updateStatefulSetAfterInvariantEstablished) and the pull requests 137409, 137904, 139466 that changed it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import revision_of
from stsview.simulator.controllers.statefulset.state import is_terminating


class MaxUnavailable(Enum):
    """How `rollingUpdate.maxUnavailable` is interpreted; releases differ."""

    OFF = "off"
    """One at a time: 1.34 and before by default, 1.35.4 and after, 1.36."""
    V1_35 = "1.35"
    """1.35.0 to 1.35.3, and before behind its gate: broken old pods use up the budget, and are never replaced."""
    V1_37 = "1.37"
    """1.37: with Parallel, broken old pods are replaced whatever the budget is."""


def next_deletions(
    stateful_set: Object,
    replicas: list[Object],
    update: str,
    unavailable: Callable[[Object], bool],
    rules: MaxUnavailable,
) -> list[Object]:
    """The pods to delete now so that they are recreated at revision `update`.

    In order of deletion. `replicas` holds one pod per expected ordinal, lowest first, including some that are not
    created yet.
    """
    rolling = stateful_set["spec"]["updateStrategy"].get("rollingUpdate") or {}
    lowest = rolling.get("partition") or 0
    limit = rolling.get("maxUnavailable")
    if rules is MaxUnavailable.OFF or limit is None:
        return _one_at_a_time(replicas, lowest, update, unavailable)
    budget = resolve(limit, stateful_set["spec"]["replicas"]) - sum(map(unavailable, replicas))
    targets = [pod for pod in reversed(replicas[lowest:]) if revision_of(pod) != update and not is_terminating(pod)]
    if rules is MaxUnavailable.V1_37 and stateful_set["spec"].get("podManagementPolicy") == "Parallel":
        broken = [pod for pod in targets if unavailable(pod)]
        sound = [pod for pod in targets if not unavailable(pod)]
        return broken + sound[: max(0, budget)]
    return targets[: max(0, budget)]


def resolve(limit: int | str, replicas: int) -> int:
    """maxUnavailable as a number of pods.

    A percentage is rounded down; the result is at least 1.
    """
    number = replicas * int(limit.rstrip("%")) // 100 if isinstance(limit, str) else limit
    return max(1, number)


def _one_at_a_time(
    replicas: list[Object], lowest: int, update: str, unavailable: Callable[[Object], bool]
) -> list[Object]:
    for pod in reversed(replicas[lowest:]):
        if revision_of(pod) != update and not is_terminating(pod):
            return [pod]
        if unavailable(pod):
            return []
    return []
