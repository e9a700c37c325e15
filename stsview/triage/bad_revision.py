"""How a pod gets another template than the one that it cannot run with.

Nothing is proposed here that would only look like help: in order an undo alone does not free a broken pod (kubernetes
issue 67250), and deleted below the partition it comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stsview.model.case import Case
from stsview.model.finding import Danger, Remedy
from stsview.model.rows import Row
from stsview.triage.rule import kubectl


def with_another_template(case: Case, row: Row, change: str = "correct the template") -> Iterator[Remedy]:
    """Steps in their order, for the pod of `row` or one that is yet to be made; `change` is what is to be done to the
    template where the present one is at fault."""
    facts = case.facts
    back = facts.comes_back_on(row)
    if row.outdated and back != row.revision:
        yield from _replaced(case, row, f"it comes back on {facts.short(back)}")
    elif row.outdated or (facts.rolling and not facts.free(row)):
        yield _below_partition(case, row, f"{change}, " if row.at_update is not False else "")
    else:
        if rolled(case, row):
            undo = kubectl(case, "rollout", "undo", f"statefulset/{case.view.name}")
            yield Remedy("undo the change of the template", Danger.DISRUPTIVE, "undo", undo)
        else:
            edit = kubectl(case, "edit", "statefulset", case.view.name)
            yield Remedy(change, Danger.DISRUPTIVE, command=edit)
        if not row.missing and (facts.ordered or not facts.rolling):
            yield Remedy(
                f"then delete {row.name}: a changed template alone does not replace it",
                Danger.DISRUPTIVE,
                "free" if facts.rolling else "delete-pod",
                _delete(case, row),
            )


def by_danger(steps: Iterable[Remedy]) -> list[Remedy]:
    """All of them, the safest first; of equal danger in the order in which they stand, as that may be of weight."""
    return sorted(steps, key=lambda step: step.danger)


def rolled(case: Case, row: Row) -> bool:
    """Whether the pod has, or would get, a template that is only just being rolled out."""
    rollout = case.facts.rollout
    on_its_way = bool(rollout.current and rollout.update and rollout.current != rollout.update)
    return on_its_way and row.at_update is not False and case.facts.comes_back_on(row) == rollout.update


def _replaced(case: Case, row: Row, then: str) -> Iterator[Remedy]:
    facts = case.facts
    if facts.rolling and not facts.ordered:
        yield Remedy(f"wait: the update replaces {row.name} when its turn comes", Danger.READ_ONLY)
    else:
        action = "free" if facts.rolling else "delete-pod"
        yield Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, action, _delete(case, row))


def _below_partition(case: Case, row: Row, change: str) -> Remedy:
    index = case.facts.index(row)
    patch = f'{{"spec":{{"updateStrategy":{{"rollingUpdate":{{"partition":{index}}}}}}}}}'
    then = f", then delete {row.name}" if case.facts.ordered and not row.missing else ""
    return Remedy(
        f"{change}lower the partition to {index}{then}: below it {row.name} comes back as it was",
        Danger.DISRUPTIVE,
        "canary",
        kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", patch),
    )


def _delete(case: Case, row: Row) -> str:
    return kubectl(case, "delete", "pod", row.name)
