"""Pod DNS names that do not resolve, and Services that select other pods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.names import listed, one_line, parent_and_ordinal
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health, ServiceStatus
from stsview.objects.kinds import ENDPOINT_SLICES, PODS
from stsview.triage.rule import Rule, Situation, kubectl, row_ref, rule, set_ref
from stsview.triage.support.events import event_evidence, message_of
from stsview.triage.support.pod_groups import pod_names, sample

_SOURCE = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields"

_PUBLISH_NOT_READY = '{"spec":{"publishNotReadyAddresses":true}}'

_UNRESOLVED = re.compile(
    r"no such host|could not resolve|cannot resolve|can't resolve|name or service not known|"
    r"temporary failure in name resolution|unknownhost|nxdomain|bad address|nodename nor servname",
    re.IGNORECASE,
)
"""Messages of Go, curl, glibc, Java, dig and BusyBox about a name that does not resolve."""


@rule(
    level=Level.WARNING,
    title="No member is Ready, so none has a DNS name",
    meaning="A pod gets a DNS record only once it is Ready, unless its Service publishes not-ready addresses. Members "
    "that must find each other to become Ready wait for each other: at the first start, and after a full outage.",
    remedy="Read the log of the first pod. If it looks up its peers by name, set publishNotReadyAddresses on the "
    "Service. With OrderedReady the later pods are not even created before the first is Ready: then recreate the "
    "StatefulSet with podManagementPolicy Parallel.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id; "
    "https://kubernetes.io/docs/concepts/services-networking/service/, publishNotReadyAddresses",
    needs=Situation.DOWN,
)
def dns_requires_readiness(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    service = facts.service
    if service.status is not ServiceStatus.HEADLESS or service.publishes_not_ready or facts.set.spec.replicas < 2:
        return
    if not facts.objects.complete(PODS) or any(row.ready for row in facts.rows.expected):
        return
    waiting = [row for row in case.down if _waits(case, row)]
    if not waiting:
        return
    first, missing = waiting[0], [row.name for row in facts.rows.expected if row.missing]
    complaints = [event for row in waiting for event in _complaints(case, row)]
    steps = [
        Remedy(
            f"read the log of {first.name}: does it look up other members by name?",
            Danger.READ_ONLY,
            command=kubectl(case, "logs", first.name, "--all-containers"),
        ),
        Remedy(
            f"if so, let Service {service.name} publish pods that are not Ready (clients of the Service see them too)",
            Danger.REVERSIBLE,
            command=kubectl(case, "patch", "service", service.name, "--type=merge", "-p", _PUBLISH_NOT_READY),
        ),
    ]
    if facts.ordered and missing:
        text = (
            f"if {first.name} needs {listed(missing)} to become Ready: recreate the StatefulSet with "
            "podManagementPolicy Parallel"
        )
        changes = ("podManagementPolicy=Parallel",)
        steps.append(Remedy(text, Danger.DISRUPTIVE, action=ActionId.RECREATE, changes=changes))
    yield dns_requires_readiness.finding(
        row_ref(case, first) if len(waiting) == 1 else set_ref(case),
        f"{pod_names(waiting)}: not Ready, and {'has' if len(waiting) == 1 else 'have'} no DNS name until Ready",
        min((row.state.since for row in waiting if row.state.since is not None), default=None),
        (
            Evidence(f"Service {service.name}", "spec.publishNotReadyAddresses", "false"),
            *(Evidence(f"Pod {row.name}", "status.conditions[Ready].status", "False") for row in sample(waiting)),
            *sample(complaints),
        ),
        steps,
        so="members that look up each other by name find no peers",
        certainty=Certainty.LIKELY,
    )


@rule(
    level=Level.WARNING,
    title="Pod was created for another Service",
    meaning="The DNS name of a pod is fixed at creation. This pod was created while the set named another Service, so "
    "it has no name in the current one.",
    remedy="Replace such pods one at a time: the new pods get the right name.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; staging/src/k8s.io/endpointslice/utils.go, podToEndpoint",
)
def pod_subdomain_mismatch(case: RuleInput) -> Iterator[Finding]:
    name = case.facts.set.spec.service_name
    if case.facts.service.status is not ServiceStatus.HEADLESS:
        return
    outdated = [
        row
        for row in case.facts.rows.expected
        if row.slot.pod is not None and row.slot.pod.spec.subdomain != name and not row.terminating
    ]
    if not outdated:
        return
    last = outdated[-1]
    yield pod_subdomain_mismatch.finding(
        row_ref(case, last) if len(outdated) == 1 else set_ref(case),
        f"{pod_names(outdated)}: created for another Service, no DNS name in {name}",
        None,
        (
            Evidence(str(set_ref(case)), "spec.serviceName", name),
            *(Evidence(f"Pod {row.name}", "spec.subdomain", _subdomain(row)) for row in sample(outdated)),
        ),
        (
            Remedy(
                f"delete {last.name} when all other pods are Ready: the new pod gets its DNS name"
                + (", then continue with the next pod" if len(outdated) > 1 else ""),
                Danger.DISRUPTIVE,
                ActionId.DELETE_POD,
                kubectl(case, "delete", "pod", last.name),
                last.name,
            ),
        ),
        ordinals=[row.ordinal for row in outdated],
        so=f"other members cannot resolve {pod_names(outdated)}",
    )


@rule(
    level=Level.WARNING,
    title="Governing Service also selects other pods",
    meaning="The name of the Service also resolves to pods outside this set that do not use it as their governing "
    "Service. Members that look up this name treat those pods as members: two clusters may mix.",
    remedy="Give the Service a selector that matches only the pods of this set.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
)
def service_selects_other_pods(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    service = facts.objects.service
    if (
        facts.service.status is not ServiceStatus.HEADLESS
        or service is None
        or not facts.objects.complete(ENDPOINT_SLICES)
    ):
        return
    slices = dict(_other_pods(case))
    if not slices:
        return
    others = sorted(slices)
    # The pods of a set are numbered; others, such as an exporter, do not join the application's cluster.
    members = any(parent_and_ordinal(name) is not None for name in others)
    yield service_selects_other_pods.finding(
        Ref("Service", case.view.namespace, service.metadata.name, service.metadata.uid),
        f"Service {service.metadata.name} also selects {listed(others)}, outside this StatefulSet",
        None,
        (
            Evidence(
                f"Service {service.metadata.name}",
                "spec.selector",
                ", ".join(f"{label}={value}" for label, value in sorted(service.spec.selector.items())) or "absent",
            ),
            *(
                Evidence(f"EndpointSlice {slices[name]}", f"endpoints[targetRef.name={name}].hostname", "absent")
                for name in sample(others)
            ),
        ),
        (
            Remedy(
                "find a label that only the pods of this StatefulSet have",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pods", "--show-labels"),
            ),
            Remedy(f"add that label to the selector of Service {service.metadata.name}", Danger.REVERSIBLE),
        ),
        so="members that look up the Service's name treat those pods as members",
        level=Level.WARNING if members else Level.NOTICE,
    )


def _waits(case: RuleInput, row: Row) -> bool:
    """Whether the pod may be unready because names do not resolve.

    It has been running without being Ready for too long, with no other visible reason.

    A crashing pod counts only if it reports itself that a name does not resolve.
    """
    pod = row.slot.pod
    if pod is None or row.terminating or pod.status.phase != "Running" or row.state.health is not Health.DEGRADED:
        return False
    if row.diagnosis.cause is Cause.SLOW:
        return True
    complains = row.diagnosis.cause is Cause.CRASH and bool(list(_complaints(case, row)))
    return complains and case.facts.overdue(row.state.since, case.facts.settings.ready_grace)


def _complaints(case: RuleInput, row: Row) -> Iterator[Evidence]:
    """Messages of the pod's probes and containers about names that do not resolve."""
    for event in case.facts.objects.events:
        about = event.involved_object
        if about.kind == "Pod" and about.name == row.name and _UNRESOLVED.search(message_of(event)):
            yield event_evidence(event)
    for status in row.slot.pod.status.container_statuses if row.slot.pod is not None else ():
        ended = status.state.terminated or status.last_state.terminated
        if ended is not None and _UNRESOLVED.search(ended.message):
            path = f"status.containerStatuses[{one_line(status.name)}].lastState.terminated.message"
            yield Evidence(f"Pod {row.name}", path, one_line(ended.message))


def _subdomain(row: Row) -> str:
    return row.slot.pod.spec.subdomain or "absent" if row.slot.pod is not None else "absent"


def _other_pods(case: RuleInput) -> Iterator[tuple[str, str]]:
    """Pods of others among the endpoints, each with its EndpointSlice.

    Pods of the set are known by their names.

    An endpoint has a hostname if its pod names this Service: several sets may share one on purpose.
    """
    for endpoint_slice in case.facts.objects.slices:
        for endpoint in endpoint_slice.endpoints:
            target = endpoint.target_ref
            if endpoint.hostname or target is None or target.kind != "Pod":
                continue
            parsed = parent_and_ordinal(target.name)
            if parsed is None or parsed[0] != case.view.name:
                yield one_line(target.name), endpoint_slice.metadata.name


RULES: tuple[Rule, ...] = (dns_requires_readiness, pod_subdomain_mismatch, service_selects_other_pods)
