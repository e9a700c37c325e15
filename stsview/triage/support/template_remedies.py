"""How a pod gets another template than the one that it cannot run with.

Nothing is proposed here that would only look like help: in order an undo alone does not free a broken pod (kubernetes
issue 67250), and deleted below the partition it comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Remedy
from stsview.model.ordinals.rows import Row
from stsview.triage.rule import kubectl


def template_fixes(case: RuleInput, row: Row, change: str = "correct the template") -> Iterator[Remedy]:
    """Steps in their order, for the pod of `row` or one that is yet to be made; `change` is what is to be done to the
    template where the present one is at fault."""
    facts = case.facts
    back = facts.comes_back_on(row)
    if row.outdated and back != row.revision:
        yield from _replaced(case, row, f"it comes back on {facts.short(back)}")
    elif row.outdated or (facts.rolling and not facts.partition_reaches(row)):
        yield lower_partition(case, row, change if row.at_update is not False else "")
    else:
        if from_current_rollout(case, row):
            undo = kubectl(case, "rollout", "undo", f"statefulset/{case.view.name}")
            yield Remedy("undo the change of the template", Danger.DISRUPTIVE, ActionId.UNDO, undo)
        else:
            edit = kubectl(case, "edit", "statefulset", case.view.name)
            yield Remedy(change, Danger.DISRUPTIVE, command=edit)
        if not row.missing and (facts.ordered or not facts.rolling):
            yield Remedy(
                f"then delete {row.name}: a changed template alone does not replace it",
                Danger.DISRUPTIVE,
                ActionId.UNBLOCK if facts.rolling else ActionId.DELETE_POD,
                _delete(case, row),
                row.name,
            )


def safest_first(steps: Iterable[Remedy]) -> list[Remedy]:
    """All of them, the safest first; of equal danger in the order in which they stand, as that may be of weight."""
    return sorted(steps, key=lambda step: step.danger)


def from_current_rollout(case: RuleInput, row: Row) -> bool:
    """Whether the pod has, or would get, a template that is only just being rolled out."""
    rollout = case.facts.rollout
    on_its_way = bool(rollout.current and rollout.update and rollout.current != rollout.update)
    return on_its_way and row.at_update is not False and case.facts.comes_back_on(row) == rollout.update


def _replaced(case: RuleInput, row: Row, then: str) -> Iterator[Remedy]:
    facts = case.facts
    if facts.rolling and not facts.ordered:
        yield Remedy(f"wait: the update replaces {row.name} when its turn comes", Danger.READ_ONLY)
    else:
        action = ActionId.UNBLOCK if facts.rolling else ActionId.DELETE_POD
        yield Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, action, _delete(case, row), row.name)


def lower_partition(case: RuleInput, row: Row, change: str = "") -> Remedy:
    """For a pod that would come back as it is now; `change` is to be done before."""
    facts, index = case.facts, case.facts.index(row)
    named = facts.set.spec.update_strategy.rolling_update is not None
    lower = f"lower the partition to {index}" if named else f"write partition {index} into the update strategy"
    steps = [*([change] if change else []), lower]
    if row.missing:
        why = f"below it {row.name} comes back as it was" if named else f"without one {row.name} comes back as it was"
        text = f"{', '.join(steps)}: {why}"
    else:
        then = f"{', '.join(steps)}, then delete {row.name}" if facts.ordered else ", ".join(steps)
        text = f"{then}: it comes back on {facts.short(facts.rollout.update)}, and so do all above it"
    patch = f'{{"spec":{{"updateStrategy":{{"rollingUpdate":{{"partition":{index}}}}}}}}}'
    command = kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", patch)
    # For no action of ours: a canary that is finished goes on to where the partition was before.
    return Remedy(text, Danger.DISRUPTIVE, None, command)


def _delete(case: RuleInput, row: Row) -> str:
    return kubectl(case, "delete", "pod", row.name)
