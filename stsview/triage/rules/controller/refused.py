"""Pods that the controller may not create: the API server refuses them, and the controller's events say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from stsview.model.explain.missing_ordinals import Absence, Gap
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.triage.rule import Rule, kubectl, kubectl_cluster, rule
from stsview.triage.support.events import event_evidence
from stsview.triage.support.missing_pods import no_pod, reconcile, stuck_absences
from stsview.triage.support.pod_groups import group_by, it, pod_names, sample, subject, wait_consequence
from stsview.triage.support.template_remedies import template_fixes

_QUOTA = re.compile(r"exceeded quota: (?P<by>[^\s,]+)(?:, )?(?P<why>.*)")
"""plugin/pkg/admission/resourcequota/controller.go, checkRequest."""

_DENIED = re.compile(r"admission webhook \"(?P<by>[^\"]+)\" denied the request(?:: )?(?P<why>.*)")
_NOT_CALLED = re.compile(r"failed calling webhook \"(?P<by>[^\"]+)\"(?:: )?(?P<why>.*)")
"""staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go and util/webhook/error.go."""

_POLICY = re.compile(r"ValidatingAdmissionPolicy '(?P<by>[^']+)'.* denied request(?:: )?(?P<why>.*)")
_SECURITY = re.compile(r"violates PodSecurity \"(?P<by>[^\"]+)\"(?:: )?(?P<why>.*)")
_ADMISSION = (_DENIED, _NOT_CALLED, _POLICY, _SECURITY)

_AGAIN = "then nudge the set: left alone, the controller tries again after up to 17 minutes"


@rule(
    level=Level.ERROR,
    title="A quota leaves no room for a pod",
    meaning="A ResourceQuota of the namespace is used up, and the API server refuses the pod or a claim of it. The "
    "controller tries again, after pauses of up to 17 minutes.",
    remedy="Raise the quota, or free what it counts; then nudge the set.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    reaches=Reaches.ORDINALS,
)
def quota_exceeded(case: RuleInput) -> Iterator[Finding]:
    for refused, told in _groups(case, _quota):
        quota = told["by"]
        yield _finding(
            quota_exceeded,
            case,
            refused,
            f"quota {quota} leaves no room for {_it(refused)}{_because(told['why'])}",
            (
                Remedy(
                    "see what the quota counts, and what uses it",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "resourcequota", quota),
                ),
                Remedy("raise the quota, or free what it counts", Danger.REVERSIBLE),
            ),
            "lower what the template asks for",
        )


@rule(
    level=Level.ERROR,
    title="Admission refuses a pod",
    meaning="A webhook, a policy or PodSecurity does not let the pod in, or a webhook that has to be asked cannot be "
    "called. The controller tries again, after pauses of up to 17 minutes.",
    remedy="Bring the template in line with the policy, or mend the webhook; then nudge the set.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ and "
    "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
    reaches=Reaches.ORDINALS,
)
def admission_refused(case: RuleInput) -> Iterator[Finding]:
    for refused, told in _groups(case, _admission):
        by, why = told["by"], _because(told["why"])
        change = "bring the template in line with it"
        if told.re is _NOT_CALLED:
            headline, steps, change = f"webhook {by} cannot be called{why}", _mend_webhook(by), ""
        elif told.re is _SECURITY:
            headline, steps = f"PodSecurity {by} denies {_it(refused)}{why}", _pod_security(case)
        else:
            what = f"{'webhook' if told.re is _DENIED else 'policy'} {by}"
            headline, steps = f"{what} denies {_it(refused)}{why}", _read_policy(what)
        yield _finding(admission_refused, case, refused, headline, steps, change)


def _mend_webhook(name: str) -> tuple[Remedy, ...]:
    look = kubectl_cluster("get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "yaml")
    return (
        Remedy(f"find out which Service answers for webhook {name}, and why it does not", Danger.READ_ONLY, None, look),
        Remedy("mend that Service: its pods, its certificate, the way to it", Danger.REVERSIBLE),
    )


def _read_policy(name: str) -> tuple[Remedy, ...]:
    return (Remedy(f"find out what {name} asks for, and whether it is right to", Danger.READ_ONLY),)


def _pod_security(case: RuleInput) -> tuple[Remedy, ...]:
    labels = kubectl_cluster("get", "namespace", case.view.namespace, "--show-labels")
    return (Remedy("see which level the namespace enforces", Danger.READ_ONLY, command=labels),)


@rule(
    level=Level.ERROR,
    title="The creation of a pod is refused",
    meaning="The API server refuses the pod, or a claim of it, for a reason that the controller's event quotes. The "
    "controller tries again, after pauses of up to 17 minutes.",
    remedy="Make what is missing, or correct the template; then nudge the set.",
    danger=Danger.DISRUPTIVE,
    source="pkg/controller/statefulset/stateful_pod_control.go, recordPodEvent and recordClaimEvent",
    reaches=Reaches.ORDINALS,
)
def creation_refused(case: RuleInput) -> Iterator[Finding]:
    for refused, told in _groups(case, _other):
        claims = "" if "claim" not in _it(refused) else f" of {_it(refused)}"
        yield _finding(
            creation_refused,
            case,
            refused,
            f"creation{claims} is refused: {told.string}",
            (
                Remedy(
                    "read the events of the set",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "statefulset", case.view.name),
                ),
                Remedy("make what is missing", Danger.REVERSIBLE),
            ),
            "correct the template",
        )


Told = re.Match[str]


def _quota(error: str) -> Told | None:
    return _QUOTA.search(error)


def _admission(error: str) -> Told | None:
    return next((told for pattern in _ADMISSION if (told := pattern.search(error)) is not None), None)


def _other(error: str) -> Told | None:
    return None if _quota(error) or _admission(error) else re.match(r".*", error)


def _groups(case: RuleInput, read: Callable[[str], Told | None]) -> Iterator[tuple[list[Absence], Told]]:
    """What is refused for one reason together, with how that reason was read."""
    read_ = [
        (absence, told)
        for absence in stuck_absences(case, Gap.REFUSED)
        if absence.refusal is not None and (told := read(absence.refusal.error)) is not None
    ]
    for group in group_by(read_, lambda one: one[1].group(0)):
        yield [absence for absence, _ in group], group[0][1]


def _it(refused: Sequence[Absence]) -> str:
    pods = it([absence.row for absence in refused])
    if not any(absence.refusal and absence.refusal.claim for absence in refused):
        return pods
    return "its claim" if len(refused) == 1 else "their claims"


def _because(why: str) -> str:
    return f": {why}" if why else ""


def _finding(
    rule_: Rule,
    case: RuleInput,
    refused: Sequence[Absence],
    what: str,
    steps: Sequence[Remedy],
    change: str,
) -> Finding:
    rows = [absence.row for absence in refused]
    began = min((absence.since for absence in refused if absence.since is not None), default=None)
    events = {absence.refusal.event.metadata.key: absence.refusal.event for absence in refused if absence.refusal}
    evidence: list[Evidence] = [*map(event_evidence, sample(list(events.values()))), *map(no_pod, sample(rows))]
    return rule_.finding(
        subject(case, rows),
        f"{pod_names(rows)}: {what}",
        began,
        evidence,
        (*steps, reconcile(case, began, _AGAIN), *(template_fixes(case, rows[0], change) if change else ())),
        ordinals=[row.ordinal for row in rows],
        so=wait_consequence(case, rows),
        certainty=Certainty.LIKELY,
    )


RULES: tuple[Rule, ...] = (quota_exceeded, admission_refused, creation_refused)
