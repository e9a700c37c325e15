"""Names of pods that other pods cannot look up, or that lead to strangers."""

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
from stsview.triage.rule import Rule, kubectl, row_ref, rule, set_ref
from stsview.triage.support.events import event_evidence, message_of
from stsview.triage.support.pod_groups import pod_names, sample

_SOURCE = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields"

_EARLY = '{"spec":{"publishNotReadyAddresses":true}}'

_UNRESOLVED = re.compile(
    r"no such host|could not resolve|cannot resolve|can't resolve|name or service not known|"
    r"temporary failure in name resolution|unknownhost|nxdomain|bad address|nodename nor servname",
    re.IGNORECASE,
)
"""What Go, curl, glibc, Java, dig and BusyBox say of a name that does not resolve."""


@rule(
    level=Level.WARNING,
    title="No member is Ready, and none has a name before it is",
    meaning="A pod's DNS name is published when the pod is Ready, unless its Service publishes early. Members that "
    "must find each other to become Ready wait for each other: at the first start, and whenever all went down at once.",
    remedy="Read the log of the first: if it looks for its peers by name, let the Service publish addresses that are "
    "not ready. In order, later pods are not even created before the first is Ready: then the set must be made anew "
    "with podManagementPolicy Parallel.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id; "
    "https://kubernetes.io/docs/concepts/services-networking/service/, publishNotReadyAddresses",
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
    told = [event for row in waiting for event in _complaints(case, row)]
    steps = [
        Remedy(
            f"read the log of {first.name}: does it look for other members by name?",
            Danger.READ_ONLY,
            command=kubectl(case, "logs", first.name, "--all-containers"),
        ),
        Remedy(
            f"if so, let Service {service.name} publish pods that are not Ready; its own name leads to them too then",
            Danger.REVERSIBLE,
            command=kubectl(case, "patch", "service", service.name, "--type=merge", "-p", _EARLY),
        ),
    ]
    if facts.ordered and missing:
        text = f"if it needs {listed(missing)} to become Ready: make the set anew with podManagementPolicy Parallel"
        steps.append(Remedy(text, Danger.DISRUPTIVE))
    yield dns_requires_readiness.finding(
        row_ref(case, first) if len(waiting) == 1 else set_ref(case),
        f"{pod_names(waiting)}: not Ready, and without a DNS name until then",
        min((row.state.since for row in waiting if row.state.since is not None), default=None),
        (
            Evidence(f"Service {service.name}", "spec.publishNotReadyAddresses", "false"),
            *(Evidence(f"Pod {row.name}", "status.conditions[Ready].status", "False") for row in sample(waiting)),
            *sample(told),
        ),
        steps,
        ordinals=[row.ordinal for row in waiting],
        so="members that look for each other by name find nobody",
        certainty=Certainty.LIKELY,
    )


@rule(
    level=Level.WARNING,
    title="A pod was made for another Service",
    meaning="A pod gets its place in DNS when it is created. This one was created when the set named another Service, "
    "so it has no name in the present one.",
    remedy="Replace such pods one by one; their successors have the name.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; staging/src/k8s.io/endpointslice/utils.go, podToEndpoint",
)
def pod_subdomain_mismatch(case: RuleInput) -> Iterator[Finding]:
    name = case.facts.set.spec.service_name
    if case.facts.service.status is not ServiceStatus.HEADLESS:
        return
    pods = ((row, row.slot.pod) for row in case.facts.rows.expected)
    strange = [row for row, pod in pods if pod is not None and pod.spec.subdomain != name and not row.terminating]
    if not strange:
        return
    last = strange[-1]
    yield pod_subdomain_mismatch.finding(
        row_ref(case, last) if len(strange) == 1 else set_ref(case),
        f"{pod_names(strange)}: made for another Service, without a DNS name in {name}",
        None,
        (
            Evidence(str(set_ref(case)), "spec.serviceName", name),
            *(Evidence(f"Pod {row.name}", "spec.subdomain", _subdomain(row)) for row in sample(strange)),
        ),
        (
            Remedy(
                f"delete {last.name} when all others are Ready: it comes back with its name"
                + (", then the next" if len(strange) > 1 else ""),
                Danger.DISRUPTIVE,
                ActionId.DELETE_POD,
                kubectl(case, "delete", "pod", last.name),
                last.name,
            ),
        ),
        ordinals=[row.ordinal for row in strange],
        so="other members do not find it by name" if len(strange) == 1 else "other members do not find them by name",
    )


@rule(
    level=Level.WARNING,
    title="The governing Service selects pods of others too",
    meaning="The Service's own name also leads to pods that are not of this set and that do not name this Service. "
    "Members that look up that name take them for members: two clusters may mix.",
    remedy="Give the Service a selector that only the pods of this set match.",
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
    held = dict(_strangers(case))
    if not held:
        return
    strangers = sorted(held)
    # A set's pods are numbered; what others make, such as an exporter beside it, does not take part in a cluster.
    members = any(parent_and_ordinal(name) is not None for name in strangers)
    yield service_selects_other_pods.finding(
        Ref("Service", case.view.namespace, service.metadata.name, service.metadata.uid),
        f"Service {service.metadata.name} also selects {listed(strangers)}, not of this set",
        None,
        (
            Evidence(
                f"Service {service.metadata.name}",
                "spec.selector",
                ", ".join(f"{label}={value}" for label, value in sorted(service.spec.selector.items())) or "absent",
            ),
            *(
                Evidence(f"EndpointSlice {held[name]}", f"endpoints[targetRef.name={name}].hostname", "absent")
                for name in sample(strangers)
            ),
        ),
        (
            Remedy(
                "find a label that only the pods of this set have",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pods", "--show-labels"),
            ),
            Remedy(f"add it to the selector of Service {service.metadata.name}", Danger.REVERSIBLE),
        ),
        so="members that look up the Service's own name take them for members",
        level=Level.WARNING if members else Level.NOTICE,
    )


def _waits(case: RuleInput, row: Row) -> bool:
    """Whether it runs and is not Ready, long since, for no other reason that can be seen; one that crashes only where
    it says itself that a name does not resolve."""
    pod = row.slot.pod
    if pod is None or row.terminating or pod.status.phase != "Running" or row.state.health is not Health.DEGRADED:
        return False
    if row.diagnosis.cause is Cause.SLOW:
        return True
    complains = row.diagnosis.cause is Cause.CRASH and bool(list(_complaints(case, row)))
    return complains and case.facts.overdue(row.state.since, case.facts.settings.ready_grace)


def _complaints(case: RuleInput, row: Row) -> Iterator[Evidence]:
    """What the pod's probes and containers say of names that do not resolve."""
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


def _strangers(case: RuleInput) -> Iterator[tuple[str, str]]:
    """Pods among the endpoints that are not the set's by name, each with the slice that holds it. An endpoint has a
    host name when its pod names this Service: several sets may share one, and mean to."""
    for endpoint_slice in case.facts.objects.slices:
        for endpoint in endpoint_slice.endpoints:
            target = endpoint.target_ref
            if endpoint.hostname or target is None or target.kind != "Pod":
                continue
            parsed = parent_and_ordinal(target.name)
            if parsed is None or parsed[0] != case.view.name:
                yield one_line(target.name), endpoint_slice.metadata.name


RULES: tuple[Rule, ...] = (dns_requires_readiness, pod_subdomain_mismatch, service_selects_other_pods)
