"""Describe sheet of a pod, and its sections about volumes and scheduling."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, join_text, lifecycle_fields, other_section, selector_text
from stsview.ui.inspect.describe.containers import describe_containers
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_pod(writer: DescribeWriter, pod: JsonValue, description: Description) -> None:
    spec, status = pod.at("spec"), pod.at("status")
    node, ips = spec.text("nodeName"), join_text(one.text("ip") for one in status.items("podIPs"))
    writer.fields(
        [
            ("phase", styled(status.text("phase"), Role.BRIGHT)),
            ("node", styled(node, Role.BRIGHT) if node else styled("not scheduled", Role.DIM)),
            (
                "reason",
                join_spans(
                    [styled(status.text("reason"), Role.DEGRADED), styled(status.text("message"))], ("  ", Role.DIM)
                ),
            ),
            ("IP", styled(ips or status.text("podIP"))),
            ("revision", styled(pod.text("metadata", "labels", "controller-revision-hash"))),
            ("QoS", styled(status.text("qosClass"))),
            ("grace period", styled(_seconds(spec.text("terminationGracePeriodSeconds")))),
            ("started", writer.since(status.time("startTime"))),
            *lifecycle_fields(writer, pod),
        ]
    )
    describe_containers(writer, spec, status)
    conditions(writer, pod)
    describe_volumes(writer, spec)
    describe_scheduling(writer, spec)
    other_section(
        writer,
        pod,
        [
            ("hostname", styled(join_text((spec.text("hostname"), spec.text("subdomain")), "."))),
            ("svc account", styled(spec.text("serviceAccountName"))),
            ("priority", styled(join_text((spec.text("priorityClassName"), spec.text("priority")), " "))),
            ("restart", styled(spec.text("restartPolicy"))),
        ],
    )


def _seconds(text: str) -> str:
    return f"{text} s" if text else ""


def describe_volumes(writer: DescribeWriter, spec: JsonValue) -> None:
    items = spec.items("volumes")
    if not items:
        return
    writer.heading("volumes")
    writer.table([(styled(one.text("name"), Role.BRIGHT), _volume(one)) for one in items])


def _volume(volume: JsonValue) -> Spans:
    for field, source in volume.pairs():
        match field:
            case "name":
                continue
            case "persistentVolumeClaim":
                return (("PVC ", Role.DIM), (source.text("claimName"), Role.TEXT))
            case "configMap":
                return (("ConfigMap ", Role.DIM), (source.text("name"), Role.TEXT))
            case "secret":
                return (("Secret ", Role.DIM), (source.text("secretName"), Role.TEXT))
            case "emptyDir":
                limit = source.text("sizeLimit")
                how = join_text((source.text("medium"), f"up to {limit}" if limit else ""))
                return join_spans([(("emptyDir", Role.DIM),), styled(how)], ("  ", Role.DIM))
            case "hostPath":
                return (("hostPath ", Role.DIM), (source.text("path"), Role.TEXT))
            case "projected":
                kinds = join_text(kind for one in source.items("sources") for kind, _ in one.pairs())
                return (("projected ", Role.DIM), (kinds, Role.TEXT))
            case _:
                return styled(field, Role.DIM)
    return ()


def describe_scheduling(writer: DescribeWriter, spec: JsonValue) -> None:
    """Scheduling gates, node selector, tolerations, affinity, and topology spread.

    Nothing when none is set.
    """
    affinity = [_term(spec.at("affinity", kind), kind) for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity")]
    spread = [
        styled(f"{one.text('topologyKey')}: max skew {one.text('maxSkew')}, {one.text('whenUnsatisfiable')}")
        for one in spec.items("topologySpreadConstraints")
    ]
    gates = join_text(one.text("name") for one in spec.items("schedulingGates"))
    any_set = spec.pairs("nodeSelector") or spec.items("tolerations") or any(affinity) or spread or gates
    if not any_set:
        return
    writer.heading("scheduling")
    writer.field("gates", styled(gates, Role.WARNING), 2)
    writer.field(
        "node selector", styled(join_text(f"{name}={one.text()}" for name, one in spec.pairs("nodeSelector"))), 2
    )
    writer.field_lines("tolerations", [_toleration(one) for one in spec.items("tolerations")], 2)
    writer.field_lines("affinity", affinity, 2)
    writer.field_lines("spread", spread, 2)


def _toleration(one: JsonValue) -> Spans:
    key, value = one.text("key"), one.text("value")
    taint = f"{key}={value}" if value else key or "all taints"
    seconds = one.text("tolerationSeconds")
    return join_spans(
        [styled(taint), styled(one.text("effect"), Role.DIM), styled(f"for {seconds} s" if seconds else "", Role.DIM)],
        ("  ", Role.DIM),
    )


def _term(affinity: JsonValue, kind: str) -> Spans:
    """The terms of one kind of affinity on a line."""
    required = affinity.items("requiredDuringSchedulingIgnoredDuringExecution")
    nodes = affinity.items("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    preferred = affinity.items("preferredDuringSchedulingIgnoredDuringExecution")
    terms = [f"required: {selector_text(one)}" for one in nodes]
    terms += [f"required: {_pods(one)}" for one in required]
    terms += [
        f"preferred: {selector_text(one.at('preference')) or _pods(one.at('podAffinityTerm'))}" for one in preferred
    ]
    if not terms:
        return ()
    name = {"nodeAffinity": "node", "podAffinity": "pod", "podAntiAffinity": "pod anti-affinity"}[kind]
    return ((f"{name}  ", Role.DIM), (join_text(terms, "; "), Role.TEXT))


def _pods(term: JsonValue) -> str:
    return join_text((selector_text(term.at("labelSelector")), f"per {term.text('topologyKey')}"), " ")
