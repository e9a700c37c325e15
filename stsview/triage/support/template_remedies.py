"""Remedies that move a pod to a template with which it can run.

Steps that only seem to help are not proposed: with OrderedReady a rollback alone does not unblock a broken pod
(kubernetes issue 67250), and a pod below the partition comes back on the same revision when deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.next_steps import uses_up_max_unavailable
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Remedy
from stsview.model.ordinals.rows import Row
from stsview.triage.rule import kubectl


def template_fixes(case: RuleInput, row: Row, change: str = "correct the template") -> Iterator[Remedy]:
    """Steps in order, for the pod of `row` or for one that is still to be created.

    `change` is the change to make if the current template is at fault.
    """
    facts = case.facts
    back = facts.comes_back_on(row)
    if row.outdated and back != row.revision:
        yield from _replaced(case, row, f"the controller recreates it on {facts.short(back)}")
    elif row.outdated or (facts.rolling and not facts.partition_reaches(row)):
        yield lower_partition(case, row, change if row.at_update is not False else "")
    else:
        if from_current_rollout(case, row):
            undo = kubectl(case, "rollout", "undo", f"statefulset/{case.view.name}")
            if _undo_deletes(case, row):
                text = f"roll back the pod template and delete {row.name}: a rollback alone does not replace it"
                yield Remedy(text, Danger.DISRUPTIVE, ActionId.UNDO, f"{undo} && {_delete(case, row)}")
                return
            yield Remedy("roll back the pod template", Danger.DISRUPTIVE, ActionId.UNDO, undo)
        else:
            edit = kubectl(case, "edit", "statefulset", case.view.name)
            yield Remedy(change, Danger.DISRUPTIVE, command=edit)
        if not row.missing and (facts.ordered or not facts.rolling):
            yield Remedy(
                f"then delete {row.name}: a template change alone won't replace it",
                Danger.DISRUPTIVE,
                ActionId.UNBLOCK if facts.rolling else ActionId.DELETE_POD,
                _delete(case, row),
                row.name,
            )


def safest_first(steps: Iterable[Remedy]) -> list[Remedy]:
    """The steps by ascending danger.

    Steps of equal danger keep their order, which may matter.
    """
    return sorted(steps, key=lambda step: step.danger)


def from_current_rollout(case: RuleInput, row: Row) -> bool:
    """Whether the pod has, or would get, a template whose rollout is in progress."""
    facts = case.facts
    return facts.between_revisions and row.at_update is not False and facts.comes_back_on(row) == facts.rollout.update


def _undo_deletes(case: RuleInput, row: Row) -> bool:
    """Whether a rollback by stsview deletes the pod too; see `stsview.model.rollout.blocked`.

    After the rollback the pod is outdated, and with OrderedReady the controller waits for it.
    """
    if row.missing or row.ready or row.terminating or row.ended or row.on_lost_node:
        return False
    return case.facts.rolling and case.facts.ordered


def _replaced(case: RuleInput, row: Row, then: str) -> Iterator[Remedy]:
    facts = case.facts
    if facts.rolling and not facts.ordered and not uses_up_max_unavailable(row, facts):
        yield Remedy(f"wait: the update replaces {row.name} when its turn comes", Danger.READ_ONLY)
    else:
        # Unblocking deletes only pods that come back on the update revision.
        unblocks = facts.rolling and facts.ordered and facts.comes_back_on(row) == facts.rollout.update
        action = ActionId.UNBLOCK if unblocks else ActionId.DELETE_POD
        yield Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, action, _delete(case, row), row.name)


def lower_partition(case: RuleInput, row: Row, change: str = "") -> Remedy:
    """For a pod that would come back on its present revision.

    `change` is a step to take before.
    """
    facts, index = case.facts, case.facts.index(row)
    named = facts.set.spec.update_strategy.rolling_update is not None
    lower = f"lower the partition to {index}" if named else f"set partition {index} in the update strategy"
    steps = [*([change] if change else []), lower]
    if row.missing:
        why = f"below the partition {row.name}" if named else f"without a partition {row.name}"
        text = f"{', '.join(steps)}: {why} is recreated on its old revision"
    else:
        then = f"{', '.join(steps)}, then delete {row.name}" if facts.ordered else ", ".join(steps)
        text = f"{then}: {row.name} and all pods above it move to {facts.short(facts.rollout.update)}"
    patch = f'{{"spec":{{"updateStrategy":{{"rollingUpdate":{{"partition":{index}}}}}}}}}'
    command = kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", patch)
    # Not one of stsview's actions: finishing a canary restores the partition from before the canary.
    return Remedy(text, Danger.DISRUPTIVE, None, command)


def _delete(case: RuleInput, row: Row) -> str:
    return kubectl(case, "delete", "pod", row.name)
