"""The governing Service: without a fitting one, no pod has a DNS name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.names import listed, one_line
from stsview.model.states import Health, ServiceStatus
from stsview.model.timing.moment import later
from stsview.objects.kinds import PODS
from stsview.objects.network import Service
from stsview.triage.rule import Rule, Situation, kubectl, rule, set_ref
from stsview.triage.support.pod_groups import pod_names

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id"

_NO_DNS = "no pod has a DNS name"

_HEADLESS = '{"spec":{"clusterIP":"None","clusterIPs":["None"]}}'


@rule(
    level=Level.WARNING,
    title="Governing Service is missing",
    meaning="The set names a Service that does not exist; Kubernetes does not create it. The pods run, but none has a "
    "DNS name of its own, and members that look up each other by name find no peers.",
    remedy="Create a headless Service of that name whose selector matches the labels of the pods.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
)
def service_missing(case: RuleInput) -> Iterator[Finding]:
    # Observed for the rules below as well, which are not called while all is well.
    since = _without_names_since(case)
    if not _is(case, ServiceStatus.MISSING) or _others(case):
        return
    name = case.facts.service.name
    yield service_missing.finding(
        _service_ref(case, name),
        f"Service {name} is missing",
        since,
        (_named(case), Evidence(f"Service {name}", "metadata", "absent")),
        (_create_headless(case, name),),
        so=_NO_DNS,
    )


@rule(
    level=Level.WARNING,
    title="serviceName does not match the headless Service",
    meaning="The set names a Service that does not exist, and a headless Service of another name selects its pods. "
    "Pods get DNS names only in the Service that their set names, so these have none.",
    remedy="Create a headless Service with the name in serviceName. That field is immutable: to keep the other "
    "Service, recreate the StatefulSet.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; staging/src/k8s.io/endpointslice/utils.go, podToEndpoint",
    needs=Situation.BAD_SERVICE,
)
def service_name_mismatch(case: RuleInput) -> Iterator[Finding]:
    others = _others(case) if _is(case, ServiceStatus.MISSING) else []
    if not others:
        return
    name, other = case.facts.service.name, others[0].metadata.name
    yield service_name_mismatch.finding(
        _service_ref(case, name),
        f"Service {name} is missing, and {listed([one.metadata.name for one in others])} gives the pods no DNS names",
        _without_names_since(case),
        (
            _named(case),
            Evidence(f"Service {name}", "metadata", "absent"),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        (
            _create_headless(case, name),
            _recreate_set(other),
        ),
        so=_NO_DNS,
    )


@rule(
    level=Level.WARNING,
    title="Governing Service is not headless",
    meaning="The Service that the set names has a cluster IP: DNS returns only that address and has no names of single "
    "pods. That is intended where an operator names the Service of its clients, which has no selector.",
    remedy="A cluster IP cannot be removed: delete the Service and recreate it with clusterIP: None. Clients of the "
    "cluster IP need another Service.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; https://kubernetes.io/docs/concepts/services-networking/service/#headless-services",
    needs=Situation.BAD_SERVICE,
)
def service_not_headless(case: RuleInput) -> Iterator[Finding]:
    service = case.facts.objects.service
    if not _is(case, ServiceStatus.NOT_HEADLESS) or service is None:
        return
    name, others, owner = service.metadata.name, _others(case), service.metadata.controller
    alias = service.spec.type == "ExternalName"
    unselective = alias or not service.spec.selector
    recreate = f"recreate Service {name} with clusterIP: None (its cluster IP {service.spec.cluster_ip} is lost)"
    steps = [
        Remedy(
            f"find out which clients use the cluster IP of {name}",
            Danger.READ_ONLY,
            command=kubectl(case, "get", "service", name, "-o", "yaml"),
        ),
    ]
    if unselective:
        # Its owner writes the endpoints: even a headless one would give the pods no names.
        steps = [Remedy("do nothing unless members look up each other by name", Danger.READ_ONLY)]
    elif owner is not None:
        change = f"change the Service where {one_line(owner.kind)} {one_line(owner.name)} defines it"
        steps.append(Remedy(change, Danger.REVERSIBLE))
    else:
        steps.append(Remedy(recreate, Danger.DISRUPTIVE, command=_replace_with_headless(case, service)))
    if others and not unselective:
        steps.append(_recreate_set(others[0].metadata.name))
    yield service_not_headless.finding(
        _service_ref(case, name),
        f"Service {name} is an alias of another host (ExternalName)" if alias else f"Service {name} is not headless",
        _without_names_since(case),
        (
            _named(case),
            Evidence(f"Service {name}", "spec.type", "ExternalName")
            if alias
            else Evidence(f"Service {name}", "spec.clusterIP", service.spec.cluster_ip or "absent"),
            *([Evidence(f"Service {name}", "spec.selector", "absent")] if unselective else []),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        steps,
        so=_NO_DNS,
        level=Level.NOTICE if unselective else Level.WARNING,
    )


@rule(
    level=Level.WARNING,
    title="Governing Service selects no pod of the set",
    meaning="The selector of the Service does not match the labels of the set's pods: none of them is among the "
    "endpoints, and none has a DNS name.",
    remedy="Change the selector of the Service to match the labels of the pod template.",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors",
    needs=Situation.BAD_SERVICE,
)
def service_selects_no_pod(case: RuleInput) -> Iterator[Finding]:
    service = case.facts.objects.service
    if not _is(case, ServiceStatus.SELECTS_NO_POD) or service is None:
        return
    name = service.metadata.name
    selector = ",".join(f"{label}={value}" for label, value in sorted(_selector_labels(case).items()))
    yield service_selects_no_pod.finding(
        _service_ref(case, name),
        f"Service {name} selects no pod",
        _without_names_since(case),
        (
            Evidence(f"Service {name}", "spec.selector", _labels(service.spec.selector)),
            Evidence(
                str(set_ref(case)),
                "spec.template.metadata.labels",
                _labels(case.facts.set.spec.template.metadata.labels),
            ),
        ),
        (
            Remedy(
                f"set the selector of Service {name} to {selector}",
                Danger.REVERSIBLE,
                command=kubectl(case, "set", "selector", "service", name, selector),
            ),
        ),
        so=_NO_DNS,
    )


@rule(
    level=Level.WARNING,
    title="Governing Service selects only some pods of the set",
    meaning="The selector of the Service matches the labels of some pods only, such as those of one role: the others "
    "are not among its endpoints and have no DNS name, although they are Ready.",
    remedy="Let the governing Service select all pods of the set, and give clients of the selected role a Service of "
    "its own.",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; https://github.com/helm/charts/issues/9229",
)
def service_selects_some_pods(case: RuleInput) -> Iterator[Finding]:
    facts, service = case.facts, case.facts.objects.service
    if service is None or facts.service.status is not ServiceStatus.HEADLESS or not service.spec.selector:
        return
    if not facts.objects.complete(PODS):
        return
    name, selector = service.metadata.name, service.spec.selector.items()
    pods = [row.slot.pod for row in facts.rows.expected if row.slot.pod is not None]
    if not [pod for pod in pods if not selector <= pod.metadata.labels.items()]:
        return
    serving = [
        (row, row.slot.pod.metadata.labels)
        for row in facts.rows.expected
        if row.slot.pod is not None and row.serving and row.slot.pod.spec.subdomain == name
    ]
    left_out = [
        row
        for row, labels in serving
        if not selector <= labels.items() and facts.overdue(row.state.since, facts.settings.service_grace)
    ]
    if not left_out or len(left_out) == len(serving):
        return
    names = pod_names(left_out)
    common = [
        (key, value) for key, value in service.spec.selector.items() if all(lb.get(key) == value for _, lb in serving)
    ]
    wanted = ",".join(f"{key}={value}" for key, value in sorted(common or list(_selector_labels(case).items())))
    yield service_selects_some_pods.finding(
        _service_ref(case, name),
        f"{names}: no DNS name, as Service {name} selects only {_labels(service.spec.selector)}",
        None,
        (
            Evidence(f"Service {name}", "spec.selector", _labels(service.spec.selector)),
            *(
                Evidence(f"Pod {row.name}", "metadata.labels", _labels(dict(labels)))
                for row, labels in serving
                if row in left_out
            ),
        ),
        (
            Remedy(
                f"check whether clients use Service {name} to reach only some of the members",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "service", name, "-o", "yaml"),
            ),
            Remedy(
                f"set the selector of Service {name} to {wanted}",
                Danger.REVERSIBLE,
                command=kubectl(case, "set", "selector", "service", name, wanted),
            ),
        ),
        ordinals=[row.ordinal for row in left_out],
        so=f"other members cannot resolve {names}",
    )


@rule(
    level=Level.NOTICE,
    title="StatefulSet names no Service, but a headless one selects its pods",
    meaning="Without serviceName no pod has a DNS name of its own, not even in a headless Service that selects it; "
    "only the name of that Service resolves, to all pods.",
    remedy="If members look up each other by name, recreate the StatefulSet with serviceName; the field is immutable.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
)
def service_name_unset(case: RuleInput) -> Iterator[Finding]:
    if case.facts.service.status is not ServiceStatus.NONE_NAMED:
        return
    others = _others(case)
    if not others:
        return
    other = others[0].metadata.name
    yield service_name_unset.finding(
        set_ref(case),
        f"serviceName is not set: no pod has a DNS name in {listed([one.metadata.name for one in others])}",
        None,
        (
            Evidence(str(set_ref(case)), "spec.serviceName", "absent"),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        (
            Remedy("do nothing unless members look up each other by name", Danger.READ_ONLY),
            _recreate_set(other),
        ),
    )


def _is(case: RuleInput, status: ServiceStatus) -> bool:
    """Whether the Service has that problem after its grace period.

    Never for a set that neither has nor wants pods.
    """
    facts = case.facts
    if facts.service.status is not status or facts.service.health is not Health.DEGRADED:
        return False
    created = facts.set.metadata.creation_timestamp
    recent = created is not None and not facts.moment.passed(later(created, facts.settings.service_grace))
    return not recent and bool(facts.set.spec.replicas or facts.objects.pods)


def _without_names_since(case: RuleInput) -> datetime | None:
    """When the Service became unusable.

    None if it already was when first seen, as no object records that time.
    """
    facts = case.facts
    sightings, status = facts.sightings, facts.service.status
    if facts.service.health is Health.READY or sightings.knows("service", "well"):
        sightings.since("service", "well")
        return sightings.since("service", status.value) if facts.service.health is Health.DEGRADED else None
    if facts.objects.service is not None and status is ServiceStatus.NOT_HEADLESS:
        # A cluster IP never changes: the problem exists since both objects exist.
        metas = (facts.set.metadata, facts.objects.service.metadata)
        return max((meta.creation_timestamp for meta in metas if meta.creation_timestamp), default=None)
    return None


def _others(case: RuleInput) -> list[Service]:
    """Headless Services of other names that select the pods of the set's template."""
    name = case.facts.service.name
    found = (one for one in case.facts.objects.selecting if one.metadata.name != name and one.headless)
    return sorted(found, key=lambda one: one.metadata.name)


def _selector_labels(case: RuleInput) -> dict[str, str]:
    """Labels that identify the pods: the set's matchLabels, else its template's."""
    spec = case.facts.set.spec
    return spec.selector.match_labels or spec.template.metadata.labels


def _create_headless(case: RuleInput, name: str) -> Remedy:
    selector = ",".join(f"{label}={value}" for label, value in sorted(_selector_labels(case).items()))
    command = " | ".join(
        (
            kubectl(case, "create", "service", "clusterip", name, "--clusterip=None", "--dry-run=client", "-o", "yaml"),
            kubectl(case, "set", "selector", "--local", "-f", "-", selector, "-o", "yaml"),
            kubectl(case, "create", "-f", "-"),
        )
    )
    return Remedy(f"create a headless Service {name} that selects {selector}", Danger.REVERSIBLE, command=command)


def _replace_with_headless(case: RuleInput, service: Service) -> str:
    """A command that recreates the Service as a headless one.

    Empty for a Service of type NodePort or LoadBalancer: what must be kept of it, only its owner knows.
    """
    if service.spec.type not in ("", "ClusterIP"):
        return ""
    name = service.metadata.name
    patch = ("patch", "service", name, "--type=merge", "-p", _HEADLESS, "--dry-run=client", "-o", "json")
    return f"{kubectl(case, *patch)} | {kubectl(case, 'replace', '--force', '-f', '-')}"


def _recreate_set(name: str) -> Remedy:
    """The step that recreates the set with another serviceName.

    DNS names are fixed when a pod is created, so the orphaned pods have to be replaced too.
    """
    text = f"or recreate the StatefulSet with serviceName {name}, then replace its pods one by one"
    return Remedy(text, Danger.DISRUPTIVE, action=ActionId.RECREATE, changes=(f"serviceName={name}",))


def _named(case: RuleInput) -> Evidence:
    return Evidence(str(set_ref(case)), "spec.serviceName", case.facts.service.name)


def _service_ref(case: RuleInput, name: str) -> Ref:
    service = case.facts.objects.service
    return Ref("Service", case.view.namespace, name, service.metadata.uid if service is not None else "")


def _labels(labels: dict[str, str]) -> str:
    return ", ".join(f"{label}={value}" for label, value in sorted(labels.items())) or "absent"


RULES: tuple[Rule, ...] = (
    service_missing,
    service_name_mismatch,
    service_not_headless,
    service_selects_no_pod,
    service_selects_some_pods,
    service_name_unset,
)
