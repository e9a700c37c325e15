"""Allowed differences between recorded and simulated histories, with reasons.

Each entry reduces both histories to what must be equal. Everything else must be equal, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.simulator.replay_strands import Strand


@dataclass(frozen=True)
class Difference:
    recording: str
    strand: str
    why: str
    reduced: Callable[[Strand], Strand]


def by_subject(strand: Strand) -> Strand:
    """Entries by subject, in order; the order between subjects is not compared."""
    return sorted(strand, key=lambda entry: entry[0])


def _without(wrong: Callable[[Any], bool]) -> Callable[[Strand], Strand]:
    return lambda strand: [entry for entry in strand if not wrong(entry)]


def _counters(*moments: tuple[int, ...]) -> Callable[[Strand], Strand]:
    return _without(lambda entry: entry[4] in moments)


def _once(strand: Strand) -> Strand:
    return list(dict.fromkeys(strand))


def _until_set_is_gone(strand: Strand) -> Strand:
    end = strand.index(("DELETED", "statefulsets", "zookeeper"))
    return strand[:end] + sorted(strand[end:])


def _until_out_of_service(strand: Strand) -> Strand:
    tainted = [place for place, (_, state) in enumerate(strand) if "out-of-service" in str(state)]
    return by_subject(strand[: tainted[0] + 1])


_GARBAGE = "the garbage collector deletes the dependents of a deleted set in an arbitrary order"
_AT_ONCE = (
    "two pods change within milliseconds: real controllers may or may not sync in between, the simulator's never lag"
)
_REAL_SCHEDULER = "the real scheduler records the event twice, before and after its first attempt"
_SHORT_CRASH = (
    "the recording's kubelet went directly to CrashLoopBackOff; the simulator's starts the container each time"
)

DIFFERENCES = (
    Difference("life", "pods", _GARBAGE, by_subject),
    Difference("life", "creations and deletions", _GARBAGE, _until_set_is_gone),
    Difference(
        "life",
        "endpoints",
        _GARBAGE,
        _without(lambda entry: sum(one[3] for one in entry[1]) > 0 and len(entry[1]) in (1, 2, 3)),
    ),
    Difference(
        "life",
        "controller's events",
        "the real controller synced twice before its cache had seen the deletion, and deleted zookeeper-1 again",
        _without(lambda entry: entry[0][1] == "Delete Pod zookeeper-1 in StatefulSet zookeeper successful"),
    ),
    Difference(
        "budget-drain",
        "budgets",
        "an eviction is four writes, and the real controller may sync between them; the simulator's syncs afterwards",
        _without(lambda entry: entry[:4] == (3, 2, 2, 0) and entry[4] != ()),
    ),
    Difference(
        "crash-loop",
        "kubelet's events",
        _SHORT_CRASH,
        lambda strand: [one for one in _once(strand) if one[1] != "Pulled"],
    ),
    Difference("on-delete", "pods", _AT_ONCE, by_subject),
    Difference("on-delete", "creations and deletions", _AT_ONCE, sorted),
    Difference("on-delete", "sets", _AT_ONCE, _counters((3, 1, 1, 0, 1), (3, 1, 1, 0, 2))),
    Difference(
        "dead-node",
        "nodes",
        "the recording's kubelets resume the lease, but never write the node's status; the simulator's do both",
        _until_out_of_service,
    ),
    Difference("dead-node", "scheduler's events", _REAL_SCHEDULER, _once),
    Difference("node-gone", "pods", _AT_ONCE, by_subject),
    Difference("node-gone", "sets", _AT_ONCE, _counters((3, 2, 2, 3, 3), (3, 1, 1, 2, 2))),
    Difference("node-gone", "node events", _AT_ONCE, by_subject),
    Difference(
        "node-gone",
        "nodes",
        "in the recording, fake-node-1 is still unreachable from the recording before",
        lambda strand: by_subject([one for one in strand if one[0] != "fake-node-1"]),
    ),
    Difference(
        "node-gone",
        "endpoints",
        _AT_ONCE,
        _without(lambda entry: sorted(one[1] for one in entry[1]) == [False, True, True]),
    ),
    Difference("node-gone", "scheduler's events", _REAL_SCHEDULER, _once),
)


def reduction(recording: str, strand: str) -> Callable[[Strand], Strand]:
    """The comparable part of a strand of a history."""
    found = [one.reduced for one in DIFFERENCES if (one.recording, one.strand) == (recording, strand)]
    return found[0] if found else lambda entries: entries
