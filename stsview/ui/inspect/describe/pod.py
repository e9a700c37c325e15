"""A pod, or the template of one."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.ui.inspect.describe.common import conditions, joint, life, rest, selector_words
from stsview.ui.inspect.describe.containers import describe_containers
from stsview.ui.inspect.describe.writer import DescribeWriter, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Spans


def describe_pod(writer: DescribeWriter, pod: JsonValue, description: Description) -> None:
    spec, status = pod.at("spec"), pod.at("status")
    node, ips = spec.text("nodeName"), joint(one.text("ip") for one in status.items("podIPs"))
    writer.facts(
        [
            ("phase", words(status.text("phase"), Role.BRIGHT)),
            ("node", words(node, Role.BRIGHT) if node else words("none yet", Role.DIM)),
            (
                "why",
                join_spans(
                    [words(status.text("reason"), Role.DEGRADED), words(status.text("message"))], ("  ", Role.DIM)
                ),
            ),
            ("address", words(ips or status.text("podIP"))),
            ("revision", words(pod.text("metadata", "labels", "controller-revision-hash"))),
            ("QoS", words(status.text("qosClass"))),
            ("grace period", words(_seconds(spec.text("terminationGracePeriodSeconds")))),
            ("started", writer.since(status.time("startTime"))),
            *life(writer, pod),
        ]
    )
    describe_containers(writer, spec, status)
    conditions(writer, pod)
    describe_volumes(writer, spec)
    describe_scheduling(writer, spec)
    rest(
        writer,
        pod,
        [
            ("hostname", words(joint((spec.text("hostname"), spec.text("subdomain")), "."))),
            ("account", words(spec.text("serviceAccountName"))),
            ("priority", words(joint((spec.text("priorityClassName"), spec.text("priority")), " "))),
            ("restarts", words(spec.text("restartPolicy"))),
        ],
    )


def _seconds(text: str) -> str:
    return f"{text} s" if text else ""


def describe_volumes(writer: DescribeWriter, spec: JsonValue) -> None:
    found = spec.items("volumes")
    if not found:
        return
    writer.heading("volumes")
    writer.table([(words(one.text("name"), Role.BRIGHT), _volume(one)) for one in found])


def _volume(volume: JsonValue) -> Spans:
    for field, source in volume.pairs():
        match field:
            case "name":
                continue
            case "persistentVolumeClaim":
                return (("claim ", Role.DIM), (source.text("claimName"), Role.TEXT))
            case "configMap":
                return (("config map ", Role.DIM), (source.text("name"), Role.TEXT))
            case "secret":
                return (("secret ", Role.DIM), (source.text("secretName"), Role.TEXT))
            case "emptyDir":
                limit = source.text("sizeLimit")
                how = joint((source.text("medium"), f"up to {limit}" if limit else ""))
                return join_spans([(("lives and dies with the pod", Role.DIM),), words(how)], ("  ", Role.DIM))
            case "hostPath":
                return (("path of the node ", Role.DIM), (source.text("path"), Role.TEXT))
            case "projected":
                kinds = joint(kind for one in source.items("sources") for kind, _ in one.pairs())
                return (("projected ", Role.DIM), (kinds, Role.TEXT))
            case _:
                return words(field, Role.DIM)
    return ()


def describe_scheduling(writer: DescribeWriter, spec: JsonValue) -> None:
    """Where it may run."""
    affinity = [_term(spec.at("affinity", kind), kind) for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity")]
    spread = [
        words(
            f"at most {one.text('maxSkew')} apart over {one.text('topologyKey')}, else {one.text('whenUnsatisfiable')}"
        )
        for one in spec.items("topologySpreadConstraints")
    ]
    gates = joint(one.text("name") for one in spec.items("schedulingGates"))
    told = spec.pairs("nodeSelector") or spec.items("tolerations") or any(affinity) or spread or gates
    if not told:
        return
    writer.heading("where it may run")
    writer.fact("gates", words(gates, Role.WARNING), 2)
    writer.fact("node selector", words(joint(f"{name}={one.text()}" for name, one in spec.pairs("nodeSelector"))), 2)
    writer.facts_below("tolerations", [_toleration(one) for one in spec.items("tolerations")], 2)
    writer.facts_below("affinity", affinity, 2)
    writer.facts_below("spread", spread, 2)


def _toleration(one: JsonValue) -> Spans:
    key, value = one.text("key"), one.text("value")
    what = f"{key}={value}" if value else key or "every taint"
    lasting = one.text("tolerationSeconds")
    return join_spans(
        [words(what), words(one.text("effect"), Role.DIM), words(f"for {lasting} s" if lasting else "", Role.DIM)],
        ("  ", Role.DIM),
    )


def _term(affinity: JsonValue, kind: str) -> Spans:
    """The rules of one kind of affinity, as far as a line says them."""
    required = affinity.items("requiredDuringSchedulingIgnoredDuringExecution")
    nodes = affinity.items("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    preferred = affinity.items("preferredDuringSchedulingIgnoredDuringExecution")
    said = [f"must: {selector_words(one)}" for one in nodes]
    said += [f"must: {_pods(one)}" for one in required]
    said += [f"rather: {selector_words(one.at('preference')) or _pods(one.at('podAffinityTerm'))}" for one in preferred]
    if not said:
        return ()
    name = {"nodeAffinity": "to nodes", "podAffinity": "to pods", "podAntiAffinity": "away from pods"}[kind]
    return ((f"{name}  ", Role.DIM), (joint(said, "; "), Role.TEXT))


def _pods(term: JsonValue) -> str:
    return joint((selector_words(term.at("labelSelector")), f"per {term.text('topologyKey')}"), " ")
