"""The governing Service: without it, or with one that does not fit, no pod has a DNS name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.names import listed
from stsview.model.states import Health, ServiceStatus
from stsview.model.timing.moment import later
from stsview.objects.network import Service
from stsview.triage.rule import Rule, kubectl, rule, set_ref

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id"

_NAMELESS = "no pod has a DNS name"

_HEADLESS = '{"spec":{"clusterIP":"None","clusterIPs":["None"]}}'


@rule(
    level=Level.WARNING,
    title="The governing Service is missing",
    meaning="The set names a Service that does not exist: nothing creates it. The pods run, but none has a DNS name of "
    "its own, and members that look for each other by name find nobody.",
    remedy="Make a headless Service of that name whose selector matches the labels of the pods.",
    danger=Danger.REVERSIBLE,
    source=_SOURCE,
)
def service_missing(case: RuleInput) -> Iterator[Finding]:
    since = _without_names_since(case)
    if not _is(case, ServiceStatus.MISSING) or _others(case):
        return
    name = case.facts.service.name
    yield service_missing.finding(
        _service_ref(case, name),
        f"Service {name} is missing",
        since,
        (_named(case), Evidence(f"Service {name}", "metadata", "absent")),
        (_make_headless(case, name),),
        so=_NAMELESS,
    )


@rule(
    level=Level.WARNING,
    title="Another Service than the governing one selects the pods",
    meaning="The set names a Service that does not exist, and a headless Service of another name selects its pods. "
    "Pods only get names in the Service that their set names, so they have none.",
    remedy="Make a headless Service of the name that the set has. The set's field cannot be changed: to keep the "
    "other Service, the set has to be made anew.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; staging/src/k8s.io/endpointslice/utils.go, podToEndpoint",
)
def service_name_mismatch(case: RuleInput) -> Iterator[Finding]:
    since = _without_names_since(case)
    others = _others(case) if _is(case, ServiceStatus.MISSING) else []
    if not others:
        return
    name, other = case.facts.service.name, others[0].metadata.name
    yield service_name_mismatch.finding(
        _service_ref(case, name),
        f"Service {name} is missing, and {listed([one.metadata.name for one in others])} gives its pods no names",
        since,
        (
            _named(case),
            Evidence(f"Service {name}", "metadata", "absent"),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        (
            _make_headless(case, name),
            _made_anew(other),
        ),
        so=_NAMELESS,
    )


@rule(
    level=Level.WARNING,
    title="The governing Service is not headless",
    meaning="The Service that the set names has a cluster IP, so that DNS answers with that one address and knows no "
    "names of single pods.",
    remedy="A cluster IP cannot be taken away: delete the Service and make it anew with clusterIP None. Whoever uses "
    "the cluster IP needs another Service for that.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; https://kubernetes.io/docs/concepts/services-networking/service/#headless-services",
)
def service_not_headless(case: RuleInput) -> Iterator[Finding]:
    since = _without_names_since(case)
    service = case.facts.objects.service
    if not _is(case, ServiceStatus.NOT_HEADLESS) or service is None:
        return
    name, others = service.metadata.name, _others(case)
    anew = f"make Service {name} anew with clusterIP None: its cluster IP {service.spec.cluster_ip} is gone then"
    steps = [
        Remedy(
            f"find out who uses {name} by its cluster IP",
            Danger.READ_ONLY,
            command=kubectl(case, "get", "service", name, "-o", "yaml"),
        ),
        Remedy(anew, Danger.DISRUPTIVE, command=_replaced_by_headless(case, service)),
    ]
    if others:
        steps.append(_made_anew(others[0].metadata.name))
    yield service_not_headless.finding(
        _service_ref(case, name),
        f"Service {name} is not headless",
        since,
        (
            _named(case),
            Evidence(f"Service {name}", "spec.clusterIP", service.spec.cluster_ip or "absent"),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        steps,
        so=_NAMELESS,
    )


@rule(
    level=Level.WARNING,
    title="The governing Service selects no pod of the set",
    meaning="The selector of the Service does not match the labels of the set's pods, so that none of them is among "
    "its endpoints, and none has a DNS name.",
    remedy="Make the Service's selector match the labels of the pod template.",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors",
)
def service_selects_no_pod(case: RuleInput) -> Iterator[Finding]:
    since = _without_names_since(case)
    service = case.facts.objects.service
    if not _is(case, ServiceStatus.SELECTS_NO_POD) or service is None:
        return
    name = service.metadata.name
    selector = ",".join(f"{label}={value}" for label, value in sorted(_wanted(case).items()))
    yield service_selects_no_pod.finding(
        _service_ref(case, name),
        f"Service {name} selects no pod",
        since,
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
                f"make its selector {selector}",
                Danger.REVERSIBLE,
                command=kubectl(case, "set", "selector", "service", name, selector),
            ),
        ),
        so=_NAMELESS,
    )


@rule(
    level=Level.NOTICE,
    title="A headless Service selects the pods, but the set names none",
    meaning="Without a serviceName no pod has a DNS name of its own, not even in a headless Service that selects it; "
    "only the Service's own name leads to all of them.",
    remedy="If members look for each other by name, make the set anew with serviceName; the field cannot be changed.",
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
        f"no Service is named, so that no pod has a DNS name in {listed([one.metadata.name for one in others])}",
        None,
        (
            Evidence(str(set_ref(case)), "spec.serviceName", "absent"),
            *(Evidence(f"Service {one.metadata.name}", "spec.selector", _labels(one.spec.selector)) for one in others),
        ),
        (
            Remedy("do nothing, unless members look for each other by name", Danger.READ_ONLY),
            _made_anew(other),
        ),
    )


def _is(case: RuleInput, status: ServiceStatus) -> bool:
    """Whether the Service is found to be so, after the time that it may take to come, by a set that has any use for
    it."""
    facts = case.facts
    if facts.service.status is not status or facts.service.health is not Health.DEGRADED:
        return False
    created = facts.set.metadata.creation_timestamp
    early = created is not None and not facts.moment.passed(later(created, facts.settings.service_grace))
    return not early and bool(facts.set.spec.replicas or facts.objects.pods)


def _without_names_since(case: RuleInput) -> datetime | None:
    """Since when the Service is of no use; None where it was so at the first look, as nothing tells how old that is."""
    facts = case.facts
    sightings, status = facts.sightings, facts.service.status
    if facts.service.health is Health.READY or sightings.knows("service", "well"):
        sightings.since("service", "well")
        return sightings.since("service", status) if facts.service.health is Health.DEGRADED else None
    if facts.objects.service is not None and status is ServiceStatus.NOT_HEADLESS:
        # A cluster IP never changes: it has been so since both are there.
        metas = (facts.set.metadata, facts.objects.service.metadata)
        return max((meta.creation_timestamp for meta in metas if meta.creation_timestamp), default=None)
    return None


def _others(case: RuleInput) -> list[Service]:
    """Headless Services of other names that select the pods of the set's template."""
    name = case.facts.service.name
    found = (one for one in case.facts.objects.selecting if one.metadata.name != name and one.headless)
    return sorted(found, key=lambda one: one.metadata.name)


def _wanted(case: RuleInput) -> dict[str, str]:
    """Labels that tell the pods of this set from others, as far as its selector has simple ones."""
    spec = case.facts.set.spec
    return spec.selector.match_labels or spec.template.metadata.labels


def _make_headless(case: RuleInput, name: str) -> Remedy:
    selector = ",".join(f"{label}={value}" for label, value in sorted(_wanted(case).items()))
    command = " | ".join(
        (
            kubectl(case, "create", "service", "clusterip", name, "--clusterip=None", "--dry-run=client", "-o", "yaml"),
            kubectl(case, "set", "selector", "--local", "-f", "-", selector, "-o", "yaml"),
            kubectl(case, "create", "-f", "-"),
        )
    )
    return Remedy(f"make a headless Service {name} that selects {selector}", Danger.REVERSIBLE, command=command)


def _replaced_by_headless(case: RuleInput, service: Service) -> str:
    """Empty for a Service with ports on nodes or a load balancer: what of those is to stay, only a person can say."""
    if service.spec.type not in ("", "ClusterIP"):
        return ""
    name = service.metadata.name
    patch = ("patch", "service", name, "--type=merge", "-p", _HEADLESS, "--dry-run=client", "-o", "json")
    return f"{kubectl(case, *patch)} | {kubectl(case, 'replace', '--force', '-f', '-')}"


def _made_anew(name: str) -> Remedy:
    """Pods get their place in DNS when they are created: those that are kept have to be replaced all the same."""
    text = f"or make the set anew with serviceName {name}, without deleting its pods, then replace these one by one"
    return Remedy(text, Danger.DISRUPTIVE)


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
    service_name_unset,
)
