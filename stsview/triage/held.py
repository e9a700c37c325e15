"""What is left: the set is held up, and no other rule knows why."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.case import Case
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.views import Severity
from stsview.triage.rule import Rule, kubectl, pod_ref, rule, set_ref


@rule(
    level=Level.ERROR,
    title="The set is held up",
    meaning="The controller waits, or a member is down, and no other rule knows the reason.",
    remedy="Read the events and logs of what it waits for.",
    danger=Danger.READ_ONLY,
    source="pkg/controller/statefulset/stateful_set_control.go, updateStatefulSet",
    fallback=True,
)
def held_up(case: Case) -> Iterator[Finding]:
    """A set that does not go on must never be without a finding, whatever the other rules have overlooked."""
    for sentence in dict.fromkeys((case.view.wait, case.view.why)):
        if sentence.severity < Severity.AT_RISK:
            continue
        row = next((row for row in case.view.ordinals if row.ordinal == sentence.ordinal), None)
        about = set_ref(case) if row is None else pod_ref(case, row.name, row.uid)
        says = Evidence(str(about), "status", sentence.detail or (row.state.word if row is not None else "unknown"))
        steps = [Remedy(sentence.next, Danger.READ_ONLY)] if sentence.next else []
        look = kubectl(case, "describe", about.kind.lower(), about.name)
        yield held_up.finding(
            about,
            ": ".join(part for part in (sentence.headline, sentence.detail) if part),
            sentence.since,
            (says,),
            (*steps, Remedy("read its events", Danger.READ_ONLY, command=look)),
            ordinals=() if sentence.ordinal is None else (sentence.ordinal,),
            so=sentence.so,
            level=Level.ERROR if sentence.severity is Severity.STUCK else Level.WARNING,
        )


RULES: tuple[Rule, ...] = (held_up,)
