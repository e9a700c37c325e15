"""Pods whose creation the API server rejects, as FailedCreate events report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from stsview.model.action_id import ActionId
from stsview.model.explain.missing_ordinals import Absence, Gap
from stsview.model.explain.refusals import LONGEST_SET_NAME, NAMESPACE_TERMINATING, TOO_LONG, set_name_too_long_for
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import counted, listed
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, rule, set_ref
from stsview.triage.support.events import event_evidence
from stsview.triage.support.missing_pods import no_pod, not_reached, reconcile, stuck_absences
from stsview.triage.support.pod_groups import group_by, pod_names, sample, subject, wait_consequence
from stsview.triage.support.template_remedies import template_fixes

_QUOTA = re.compile(r"exceeded quota: (?P<by>[^\s,]+)(?:, )?(?P<why>.*)")
"""plugin/pkg/admission/resourcequota/controller.go, checkRequest."""

_DENIED = re.compile(r"admission webhook \"(?P<by>[^\"]+)\" denied the request(?:: )?(?P<why>.*)")
_NOT_CALLED = re.compile(r"failed calling webhook \"(?P<by>[^\"]+)\"(?:: )?(?P<why>.*)")
"""staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go and util/webhook/error.go."""

_POLICY = re.compile(r"ValidatingAdmissionPolicy '(?P<by>[^']+)'.* denied request(?:: )?(?P<why>.*)")
_SECURITY = re.compile(r"violates PodSecurity \"(?P<by>[^\"]+)\"(?:: )?(?P<why>.*)")
_ADMISSION = (_DENIED, _NOT_CALLED, _POLICY, _SECURITY)

_ACCOUNT = re.compile(r"serviceaccount \"(?P<by>[^\"]+)\" not found|serviceaccounts \"(?P<also>[^\"]+)\" not found")
"""plugin/pkg/admission/serviceaccount/admission.go."""

_LIMITS = re.compile(r"(?:maximum|minimum) \S+ (?:usage per|storage|limit to request ratio)|limit to request ratio")
"""plugin/pkg/admission/limitranger/admission.go."""

_AGAIN = "then trigger a reconcile: otherwise the controller retries within 17 min"


@rule(
    level=Level.ERROR,
    title="ResourceQuota exceeded",
    meaning="A ResourceQuota of the namespace is exhausted, and the API server rejects the pod or one of its PVCs. The "
    "controller retries with back-off up to 17 min.",
    remedy="Raise the quota or free resources, then trigger a reconcile.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def quota_exceeded(case: RuleInput) -> Iterator[Finding]:
    for refused, match in _groups(case, _quota):
        quota = match["by"]
        yield _finding(
            quota_exceeded,
            case,
            refused,
            f"ResourceQuota {quota} exceeded{_by_claim(refused)}{_because(match['why'])}",
            (
                Remedy(
                    f"check the usage of ResourceQuota {quota}",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "resourcequota", quota),
                ),
                Remedy(f"raise ResourceQuota {quota} or free resources", Danger.REVERSIBLE),
                *_scale_back(case, refused),
            ),
            "lower the resource requests in the template",
        )


@rule(
    level=Level.ERROR,
    title="Admission rejects the pod",
    meaning="A webhook, a policy or PodSecurity rejects the pod, or a required webhook cannot be called. The "
    "controller retries with back-off up to 17 min.",
    remedy="Change the template to comply with the policy, or fix the webhook; then trigger a reconcile.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ and "
    "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def admission_refused(case: RuleInput) -> Iterator[Finding]:
    for refused, match in _groups(case, _admission):
        by, why = match["by"], _because(match["why"])
        rejected = _rejected(refused)
        if match.re is _NOT_CALLED:
            headline, steps, change = f"webhook {by} cannot be called{why}", _fix_webhook(by), ""
        elif match.re is _SECURITY:
            headline, steps = f"PodSecurity {by} rejects {rejected}{why}", _pod_security(case)
            change = f"change the template to comply with PodSecurity {by}"
        else:
            what = f"{'webhook' if match.re is _DENIED else 'policy'} {by}"
            headline, steps = f"{what} rejects {rejected}{why}", _read_policy(what)
            change = f"change the template to comply with {what}"
        yield _finding(admission_refused, case, refused, headline, steps, change)


def _scale_back(case: RuleInput, refused: Sequence[Absence]) -> Iterator[Remedy]:
    """The step for pods that a scale-up would add: those above every pod of the set.

    None where scaling down would delete their PVCs, or where an autoscaler would scale up again.
    """
    facts = case.facts
    kept = [row for row in facts.rows.expected if not row.missing]
    if not kept or case.view.when_scaled == "Delete" or any(writer.kind == "HPA" for writer in case.view.writers):
        return
    last = max(row.ordinal for row in kept)
    above = [row for row in facts.rows.expected if row.ordinal > last]
    if min(absence.row.ordinal for absence in refused) != last + 1:
        return
    replicas = last + 1 - facts.set.first_ordinal
    names = listed([row.name for row in above])
    yield Remedy(
        f"or scale back to {counted(replicas, 'replica')} if {names} {'is' if len(above) == 1 else 'are'} not needed",
        Danger.REVERSIBLE,
        ActionId.SCALE,
        kubectl(case, "scale", "statefulset", case.view.name, f"--replicas={replicas}"),
        replicas=replicas,
    )


def _fix_webhook(name: str) -> tuple[Remedy, ...]:
    command = kubectl_cluster("get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "yaml")
    return (
        Remedy(f"find which Service serves webhook {name} and why calls to it fail", Danger.READ_ONLY, None, command),
        Remedy("fix that Service: its pods, its certificate, the network path to it", Danger.REVERSIBLE),
    )


def _read_policy(name: str) -> tuple[Remedy, ...]:
    return (Remedy(f"check what {name} requires and whether that is intended", Danger.READ_ONLY),)


def _pod_security(case: RuleInput) -> tuple[Remedy, ...]:
    labels = kubectl_cluster("get", "namespace", case.view.namespace, "--show-labels")
    return (Remedy("check which PodSecurity level the namespace enforces", Danger.READ_ONLY, command=labels),)


@rule(
    level=Level.ERROR,
    title="Name of the StatefulSet is too long",
    meaning="The controller labels each pod with the name of its revision: the name of the set, a hyphen and a hash of "
    "up to ten characters. A label has at most 63 characters, so the API server rejects every pod.",
    remedy="Recreate the StatefulSet under a name of at most 52 characters. Nothing else helps.",
    danger=Danger.DISRUPTIVE,
    source="https://github.com/kubernetes/kubernetes/issues/64023",
    reaches=Reaches.SET,
    needs=Situation.ABSENT,
)
def set_name_too_long(case: RuleInput) -> Iterator[Finding]:
    for refused, _ in _groups(case, lambda error: _name_too_long(error, case.view.name)):
        name = case.view.name
        found = _finding(
            set_name_too_long,
            case,
            refused,
            "",
            (
                Remedy(
                    f"recreate the StatefulSet under a name of at most {LONGEST_SET_NAME} characters", Danger.DISRUPTIVE
                ),
            ),
            "",
            again=False,
        )
        headline = f"the name of StatefulSet {name} is too long ({len(name)} characters): its pods cannot be created"
        yield replace(found, object=set_ref(case), headline=headline, ordinals=())


@rule(
    level=Level.ERROR,
    title="Namespace is being deleted",
    meaning="Nothing can be created in a namespace that is being deleted, and all its objects are deleted, the "
    "StatefulSet and its PVCs among them. A deletion cannot be undone.",
    remedy="Back up data that is still needed. Nothing brings the pods back in this namespace.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/; "
    "plugin/pkg/admission/namespace/lifecycle/admission.go",
    reaches=Reaches.SET,
    needs=Situation.ABSENT,
)
def namespace_terminating(case: RuleInput) -> Iterator[Finding]:
    for refused, _ in _groups(case, NAMESPACE_TERMINATING.search):
        namespace = case.view.namespace
        found = _finding(
            namespace_terminating,
            case,
            refused,
            "",
            (
                Remedy(
                    f"back up the data of the pods that still run in {namespace}: its PVCs are deleted too",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pods,persistentvolumeclaims"),
                ),
                Remedy(
                    f"if the deletion hangs, read the conditions of namespace {namespace}",
                    Danger.READ_ONLY,
                    command=kubectl_cluster("get", "namespace", namespace, "-o", "yaml"),
                ),
            ),
            "",
            again=False,
        )
        headline = (
            f"namespace {namespace} is being deleted: {pod_names([one.row for one in refused])} cannot be created"
        )
        yield replace(found, object=set_ref(case), headline=headline, ordinals=())


@rule(
    level=Level.ERROR,
    title="LimitRange rejects the pod",
    meaning="A LimitRange of the namespace limits what a container, a pod or a PVC may request, and the pod or one of "
    "its PVCs is outside these limits. The controller retries with back-off up to 17 min.",
    remedy="Change the requests and limits in the template, or the LimitRange; then trigger a reconcile.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/policy/limit-range/; plugin/pkg/admission/limitranger/admission.go",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def limit_range_exceeded(case: RuleInput) -> Iterator[Finding]:
    for refused, match in _groups(case, _LIMITS.search):
        yield _finding(
            limit_range_exceeded,
            case,
            refused,
            f"LimitRange rejects {_rejected(refused)}: {match.string.strip('[]')}",
            (
                Remedy(
                    "check the limits of the namespace",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "limitrange"),
                ),
                Remedy("change the LimitRange if the requests of the template are right", Danger.REVERSIBLE),
            ),
            "change the requests and limits in the template",
        )


@rule(
    level=Level.ERROR,
    title="ServiceAccount of the pods does not exist",
    meaning="The template names a ServiceAccount that does not exist in the namespace, and the API server rejects the "
    "pods. Pods that run already are not affected until they are recreated.",
    remedy="Create the ServiceAccount, then trigger a reconcile.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/security/service-accounts/; "
    "plugin/pkg/admission/serviceaccount/admission.go",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def service_account_missing(case: RuleInput) -> Iterator[Finding]:
    for refused, match in _groups(case, _ACCOUNT.search):
        name = match["by"] or match["also"]
        yield _finding(
            service_account_missing,
            case,
            refused,
            f"ServiceAccount {name} does not exist",
            (
                Remedy(
                    f"check which ServiceAccounts exist, and who removed {name}",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "serviceaccounts"),
                ),
                Remedy(f"create ServiceAccount {name}, with the roles and Secrets that it had", Danger.REVERSIBLE),
            ),
            "name another ServiceAccount in the template",
        )


@rule(
    level=Level.ERROR,
    title="Pod creation is rejected",
    meaning="The API server rejects the pod or one of its PVCs; the event of the controller quotes the reason. The "
    "controller retries with back-off up to 17 min.",
    remedy="Resolve what the error names, such as a missing object or an error in the template; then trigger a "
    "reconcile.",
    danger=Danger.DISRUPTIVE,
    source="pkg/controller/statefulset/stateful_pod_control.go, recordPodEvent and recordClaimEvent",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def creation_refused(case: RuleInput) -> Iterator[Finding]:
    for refused, match in _groups(case, lambda error: _other(error, case.view.name)):
        yield _finding(
            creation_refused,
            case,
            refused,
            f"creation{_of_claim(refused)} rejected: {match.string}",
            (
                Remedy(
                    "read the events of the StatefulSet",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "statefulset", case.view.name),
                ),
                *([Remedy("create the missing object", Danger.REVERSIBLE)] if "not found" in match.string else []),
            ),
            "correct the template",
        )


Match = re.Match[str]


def _quota(error: str) -> Match | None:
    return _QUOTA.search(error)


def _admission(error: str) -> Match | None:
    return next((match for pattern in _ADMISSION if (match := pattern.search(error)) is not None), None)


def _name_too_long(error: str, name: str) -> Match | None:
    return TOO_LONG.search(error) if set_name_too_long_for(error, name) else None


def _other(error: str, name: str) -> Match | None:
    known = (_quota, _admission, _LIMITS.search, _ACCOUNT.search, NAMESPACE_TERMINATING.search)
    if _name_too_long(error, name) or any(read(error) for read in known):
        return None
    return re.match(r".*", error)


def _groups(case: RuleInput, read: Callable[[str], Match | None]) -> Iterator[tuple[list[Absence], Match]]:
    """Rejected pods grouped by reason, each with the match that `read` found."""
    matches = [
        (absence, match)
        for absence in stuck_absences(case, Gap.REFUSED)
        if absence.refusal is not None and (match := read(absence.refusal.error)) is not None
    ]
    for group in group_by(matches, lambda one: one[1].group(0)):
        yield [absence for absence, _ in group], group[0][1]


def _is_claim(refused: Sequence[Absence]) -> bool:
    """Whether a PVC was rejected rather than the pod itself."""
    return any(absence.refusal and absence.refusal.claim for absence in refused)


def _rejected(refused: Sequence[Absence]) -> str:
    if len(refused) > 1:
        return "their PVCs" if _is_claim(refused) else "the pods"
    return "its PVC" if _is_claim(refused) else "the pod"


def _by_claim(refused: Sequence[Absence]) -> str:
    if not _is_claim(refused):
        return ""
    return " by its PVC" if len(refused) == 1 else " by their PVCs"


def _of_claim(refused: Sequence[Absence]) -> str:
    if not _is_claim(refused):
        return ""
    return " of its PVC" if len(refused) == 1 else " of their PVCs"


def _because(why: str) -> str:
    return f": {why}" if why else ""


def _finding(
    rule_: Rule,
    case: RuleInput,
    refused: Sequence[Absence],
    what: str,
    steps: Sequence[Remedy],
    change: str,
    *,
    again: bool = True,
) -> Finding:
    """`again`: whether a reconcile helps once the cause is gone."""
    rows = [absence.row for absence in refused]
    began = min((absence.since for absence in refused if absence.since is not None), default=None)
    events = {absence.refusal.event.metadata.key: absence.refusal.event for absence in refused if absence.refusal}
    evidence: list[Evidence] = [*map(event_evidence, sample(list(events.values()))), *map(no_pod, sample(rows))]
    return rule_.finding(
        subject(case, rows),
        f"{pod_names(rows)}: {what}",
        began,
        evidence,
        (
            *steps,
            *([reconcile(case, began, _AGAIN)] if again else []),
            *(template_fixes(case, rows[0], change) if change else ()),
        ),
        ordinals=[ordinal for absence in refused for ordinal in absence.ordinals],
        so=next(filter(None, map(not_reached, refused)), "") or wait_consequence(case, rows),
        certainty=Certainty.LIKELY,
    )


RULES: tuple[Rule, ...] = (
    quota_exceeded,
    limit_range_exceeded,
    admission_refused,
    service_account_missing,
    creation_refused,
)

NEVER: tuple[Rule, ...] = (set_name_too_long, namespace_terminating)
"""Causes with which no pod of the set can be created, whatever else is wrong."""
