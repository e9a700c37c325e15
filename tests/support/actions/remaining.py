"""Whether the reported residual state is true: text and journal of a run, compared with the API server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stsview.actions.intents import CanaryAbort, OrderedRestart, Unblock, Undo
from stsview.actions.operations.ordered_restart.journal import Journal
from stsview.actions.progress import Outcome
from stsview.actions.run import Run
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness
from tests.support.actions.rollout_invariants import RolloutInvariants

_NOTHING = ("nothing was sent", "before any request was sent")
"""Texts that claim that nothing was done."""

_NOT_DONE = ("before the request was carried out", "the API server rejected the request")
"""Texts that claim that the last request was not carried out."""

_NAME = re.compile(r"zookeeper-\d+(?=[ ,;:]|$)")

_SHORTENED = re.compile(r"zookeeper-\d+ to zookeeper-\d+")
"""Of more than three names only the first and the last are there."""


def wrong_words(harness: ActionHarness, invariants: RolloutInvariants, run: Run) -> Iterator[str]:
    """Yield what is not true in the final text of a run."""
    progress = run.progress
    done = {one.pod for one in invariants.attempts if one.done}
    if progress.outcome is Outcome.RUNNING:
        yield "it ended without an outcome"
    if progress.outcome is Outcome.REFUSED and done:
        yield f"refused, and {sorted(done)} was done"
    if done and any(one in progress.words for one in _NOTHING):
        yield f"something was sent [{progress.words}]"
    if any(one in progress.words for one in _NOT_DONE) and invariants.attempts and invariants.attempts[-1].done:
        yield f"what was sent last was done [{progress.words}]"
    wrong = _restarted if isinstance(run.plan.intent, OrderedRestart) else _freed
    for why in wrong(harness, run, done):
        yield f"{why} [{progress.outcome.value}: {progress.words}]"


def _clauses(run: Run) -> Iterator[tuple[str, list[str]]]:
    """The clauses of that text, each with the pod names in it; of more than three names only two are there."""
    for clause in run.progress.words.split("; "):
        yield clause, _NAME.findall(clause)


def _restarted(harness: ActionHarness, run: Run, done: set[str]) -> Iterator[str]:
    old = {pod_step.pod: pod_step.uid for pod_step in run.plan.pod_steps}
    begun = {pod_step.pod for pod_step in run.plan.pod_steps if pod_step.gone}
    ended, named, shortened = run.progress.outcome, set[str](), False
    for clause, names in _clauses(run):
        named.update(names)
        shortened = shortened or _SHORTENED.search(clause) is not None
        if re.search(r"(?<! not) restarted$", clause):
            for name in names:
                if uid_of(harness, name) == old.get(name):
                    yield f"{name} is reported as restarted"
        elif re.search(r" not restarted$", clause):
            for name in names:
                if name in done | begun:
                    yield f"{name} is reported as not restarted"
        elif re.search(r"^\S+ was (evicted|deleted), ", clause) and names[0] not in done | _gone(harness, old):
            yield f"{names[0]} is reported as removed"
    if ended is Outcome.REACHED:
        yield from (f"{name} was not restarted" for name, uid in old.items() if uid_of(harness, name) == uid)
    elif ended is not Outcome.REFUSED and not shortened:
        yield from (f"nothing is reported about {name}" for name in sorted(done - named))


def _freed(harness: ActionHarness, run: Run, done: set[str]) -> Iterator[str]:
    words, told = run.progress.words, set[str]()
    old = {one.about.name: one.about.uid for one in run.plan.requests if one.message.method == "DELETE"}
    gone = _gone(harness, old)
    for clause, names in _clauses(run):
        if clause.startswith("the template is that of "):
            told.add("")
        elif re.search(r" (was|were) deleted$", clause):
            told.update(names)
            yield from (f"{name} is reported as deleted" for name in names if name not in done | gone)
        elif re.search(r" (was|were) not deleted$", clause):
            yield from (f"{name} is reported as not deleted" for name in names if name in done)
    residual_state = isinstance(run.plan.intent, Undo | Unblock | CanaryAbort)
    if (
        residual_state
        and run.progress.outcome is not Outcome.REACHED
        and not _SHORTENED.search(words)
        and "unknown" not in words
    ):
        yield from (f"nothing is reported about {name or 'the template'}" for name in sorted(done - told))
    if "" in told and "" not in done and "unknown" not in words:
        yield "the template was not changed"


def _gone(harness: ActionHarness, old: Mapping[str, str]) -> set[str]:
    """Pods that are gone, by any client: a lost response leaves that unknown."""
    return {name for name, uid in old.items() if uid_of(harness, name) != uid}


def wrong_journal(harness: ActionHarness, journal: Journal, chosen: dict[str, str], done: set[str]) -> Iterator[str]:
    """Yield what is not true in the journal of a restart.

    `chosen`: the pods to restart, with their former uids; `done`: the pods that this restart removed, in any run.
    """
    finished = {one.name: one.old_uid for one in journal.done}
    current = {journal.current.name} if journal.current is not None else set()
    left = {f"{journal.set}-{ordinal}" for ordinal in journal.left}
    if sorted([*finished, *current, *left]) != sorted(chosen):
        yield f"it is of {sorted(finished)}, {sorted(current)} and {sorted(left)}, not of {sorted(chosen)}"
    for name, uid in finished.items():
        if uid_of(harness, name) == uid:
            yield f"{name} is recorded as done"
    for name in left & done:
        yield f"{name} is recorded as left"


def uid_of(harness: ActionHarness, pod: str) -> str:
    """Of the pod that has that name now; empty where there is none."""
    found = harness.cluster.storage.find(PODS, "default", pod)
    return found["metadata"]["uid"] if found is not None else ""
