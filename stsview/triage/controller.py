"""The controller itself: nothing below is worth looking at while it does not act."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.case import Case
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.views import WaitReason
from stsview.triage.rule import Rule, rule, set_ref


@rule(
    level=Level.ERROR,
    title="The StatefulSet controller does not act",
    meaning="The set was changed, and the controller has not looked at it since. What its status says is of before, "
    "and nothing that is asked of the set happens.",
    remedy="See whether kube-controller-manager runs and has a leader; its lease tells who that is and since when.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/architecture/leases/ and pkg/controller/statefulset/stateful_set.go",
    reaches=Reaches.SET,
)
def controller_not_acting(case: Case) -> Iterator[Finding]:
    wait = case.view.wait
    if wait.reason is not WaitReason.NOT_OBSERVED:
        return
    meta, status = case.facts.set.metadata, case.facts.set.status
    about = set_ref(case)
    yield controller_not_acting.finding(
        about,
        f"the StatefulSet controller has not observed generation {meta.generation}",
        wait.since,
        (
            Evidence(str(about), "metadata.generation", str(meta.generation)),
            Evidence(str(about), "status.observedGeneration", str(status.observed_generation)),
        ),
        (
            Remedy(
                "see who leads the controllers, and whether that lease is renewed",
                Danger.READ_ONLY,
                command="kubectl -n kube-system get lease kube-controller-manager -o yaml",
            ),
        ),
        so="nothing that is asked of this set happens",
    )


RULES: tuple[Rule, ...] = (controller_not_acting,)
