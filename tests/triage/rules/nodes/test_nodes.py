"""Rules about pods on lost nodes."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import NODES
from stsview.objects.lease import Lease, LeaseSpec
from stsview.objects.meta import BasicMeta
from stsview.objects.node import Node, NodeSpec, Taint
from stsview.objects.pod import Pod, Toleration
from stsview.triage.rule import Rule
from stsview.triage.rules.nodes.evictions import never_evicted, out_of_service_tolerated
from stsview.triage.rules.nodes.nodes import (
    node_gone,
    node_not_ready,
    node_still_running,
    node_unknown,
    node_unreachable,
)
from tests.support.model.build import around, at, node, pod, stateful_set, terminating, without
from tests.support.triage.judge import found, judged

UNREACHABLE = Taint(key="node.kubernetes.io/unreachable", effect="NoExecute", time_added=at(40))
OUT = Taint(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect="NoExecute")
SILENT = node(ready="Unknown", since=40)
MARKED = pod(1, ready="False", ready_since=40)


def tainted(of: Node, *taints: Taint) -> Node:
    return msgspec.structs.replace(of, spec=NodeSpec(taints=taints))


def tolerating(held: Pod, seconds: int | None, key: str = UNREACHABLE.key) -> Pod:
    toleration = Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=seconds)
    return msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, tolerations=(toleration,)))


def on(of: Node | None, *held: Pod, **parts: Any) -> SetObjects:
    """web-0 on a healthy node; the others as given, mostly on node-1."""
    nodes = {one.metadata.name: one for one in (of, node("node-2")) if one is not None}
    pods = [pod(0, node="node-2"), *held]
    return around(stateful_set(len(pods)), pods, **{"nodes": nodes, **parts})


def only(rule: Rule, objects: SetObjects, now: float, first_seen: float | None = None) -> Finding:
    (finding,) = found(rule, objects, now, first_seen=first_seen)
    return finding


def dangers(finding: Finding) -> list[Danger]:
    return [one.danger for one in finding.remedies]


def test_an_unreachable_node_is_one_finding_for_all_its_pods() -> None:
    held = [tolerating(pod(ordinal, ready="False", ready_since=40), 300) for ordinal in (1, 2)]
    finding = only(node_unreachable, on(tainted(SILENT, UNREACHABLE), *held), 100)
    assert finding.headline == "web-1 and web-2: node node-1 is unreachable"
    assert (finding.level, finding.certainty, finding.ordinals) == (Level.WARNING, Certainty.CERTAIN, (1, 2))
    assert (finding.object.kind, finding.object.name, finding.since) == ("Node", "node-1", at(40))
    assert finding.until == at(340), "when the taint manager deletes the pods"
    assert finding.so.startswith("the taint manager deletes web-1 and web-2 after 300 s of toleration")
    assert [(one.object, one.field, one.value) for one in finding.evidence] == [
        ("Node node-1", "status.conditions[Ready]", "Unknown"),
        ("Node node-1", "spec.taints[].key", "node.kubernetes.io/unreachable:NoExecute"),
    ]
    assert dangers(finding) == sorted(dangers(finding))
    assert [one.action for one in finding.remedies] == [None] * len(finding.remedies), "nothing is overdue yet"
    assert "kubectl taint nodes node-1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute" in [
        one.command for one in finding.remedies
    ]
    assert judged(on(tainted(SILENT, UNREACHABLE), *held), 100).why.headline == finding.headline


def test_force_is_the_last_resort_and_only_past_the_deadline() -> None:
    gone_on = on(SILENT, terminating(1, asked=60, ready="False"))
    within, past = only(node_unreachable, gone_on, 80), only(node_unreachable, gone_on, 200)
    assert (within.level, past.level) == (Level.WARNING, Level.ERROR)
    assert "force-delete" not in [one.action for one in within.remedies]
    assert [one.action for one in past.remedies][-1] == "force-delete"
    assert past.remedies[-1].danger is Danger.LOSS
    assert past.remedies[0].danger is Danger.READ_ONLY
    assert dangers(past) == sorted(dangers(past))
    assert past.so == "web-1 is not started elsewhere until node-1 is back, removed or out of service"
    held = terminating(1, asked=60, ready="False", finalizers=("example.com/hold",))
    assert "force-delete" not in [one.action for one in only(node_unreachable, on(SILENT, held), 200).remedies]


def test_a_node_that_is_out_of_service_is_left_to_pod_gc() -> None:
    objects = on(tainted(SILENT, UNREACHABLE, OUT), terminating(1, asked=60, ready="False"))
    finding = only(node_unreachable, objects, 200, first_seen=190)
    assert finding.headline == "web-1: node node-1 is unreachable, marked out of service"
    assert finding.next == "wait: node-1 is marked out of service, pod GC removes web-1"
    assert not [one for one in finding.remedies if "taint nodes" in one.command]
    late = only(node_unreachable, objects, 400, first_seen=190)
    assert "kube-controller-manager" in late.next


def test_a_node_that_is_not_ready_is_reported_with_its_reason() -> None:
    of = node(ready="False", since=40, reason="KubeletNotReady")
    finding = only(node_not_ready, on(of, MARKED), 100)
    assert finding.headline == "web-1: node node-1 is not Ready (KubeletNotReady)"
    assert finding.evidence[0].value == "False KubeletNotReady"
    assert dangers(finding) == sorted(dangers(finding))


def test_a_node_that_is_gone_is_left_to_pod_gc_for_a_while() -> None:
    objects, settings = on(None, pod(1)), ModelSettings(sighting_grace=0)
    (early,) = found(node_gone, objects, 160, first_seen=100, settings=settings)
    (late,) = found(node_gone, objects, 1_000, first_seen=100, settings=settings)
    assert early.headline == "web-1: node node-1 is gone"
    assert early.next == "wait: pod GC removes web-1 within 2 min"
    assert (late.headline, late.level) == ("web-1: node node-1 is gone, and pod GC does not act", Level.ERROR)
    assert "kube-controller-manager" in late.next


def test_an_unreadable_node_is_unknown() -> None:
    objects = on(None, pod(1, ready="Unknown", ready_since=40), coverage=without(NODES))
    finding = only(node_unknown, objects, 100)
    assert finding.headline == "web-1: node node-1 is unreachable or not Ready; its current state is unknown"
    assert finding.evidence[-1].value == "you may not list nodes"
    assert found(node_unknown, on(None, pod(1), coverage=without(NODES)), 100) == ()


@pytest.mark.parametrize(
    "rule", [node_unreachable, node_not_ready, node_gone, node_unknown, never_evicted, node_still_running]
)
@pytest.mark.parametrize("of", [node(), node(cordoned=True), tainted(node(), OUT)], ids=["well", "cordoned", "tainted"])
def test_a_node_that_is_ready_is_not_lost(rule: Rule, of: Node) -> None:
    assert found(rule, on(of, pod(1), terminating(2, asked=50)), 10_000) == ()


def lease(renewed: float) -> dict[str, Lease]:
    return {"node-1": Lease(metadata=BasicMeta(name="node-1"), spec=LeaseSpec(renew_time=at(renewed)))}


def test_a_renewed_lease_shows_that_the_machine_runs() -> None:
    objects = on(SILENT, MARKED, leases=lease(95))
    finding = only(node_still_running, objects, 140, first_seen=100)
    assert finding.headline == "web-1: node node-1 is unreachable, but its machine seems to run"
    assert (finding.certainty, finding.level) == (Certainty.LIKELY, Level.WARNING)
    assert finding.evidence[-1].value == "2026-03-01T12:01:35Z"
    assert max(dangers(finding)) is Danger.DISRUPTIVE, "no step that could create two pods with one identity"
    (head,) = judged(objects, 140, first_seen=100).findings
    assert (head.rule, head.below[0].rule) == ("node-still-running", "node-unreachable")


@pytest.mark.parametrize(("renewed", "now"), [(30, 140), (45, 140), (95, 110)])
def test_an_old_lease_or_a_returning_kubelet_is_no_sign_of_life(renewed: float, now: float) -> None:
    assert found(node_still_running, on(SILENT, MARKED, leases=lease(renewed)), now, first_seen=100) == ()


def test_a_pod_with_an_unlimited_toleration_is_never_evicted() -> None:
    objects = on(tainted(SILENT, UNREACHABLE), tolerating(MARKED, None))
    finding = only(never_evicted, objects, 100)
    assert finding.headline == "web-1: tolerates the loss of node node-1 without a time limit"
    assert finding.remedies[-1].command == "kubectl -n default delete pod web-1 --wait=false"
    (head,) = judged(objects, 100).findings
    assert (head.rule, head.until, head.below[0].rule) == ("node-unreachable", None, "never-evicted")


@pytest.mark.parametrize("held", [tolerating(MARKED, 300), tolerating(terminating(1, asked=60), None), MARKED])
def test_a_pod_with_a_limited_toleration_is_evicted(held: Pod) -> None:
    assert found(never_evicted, on(tainted(SILENT, UNREACHABLE), held), 100) == ()


def test_a_pod_that_tolerates_out_of_service_is_not_collected() -> None:
    of = tainted(SILENT, OUT)
    finding = only(out_of_service_tolerated, on(of, tolerating(MARKED, None, OUT.key)), 100)
    assert (
        finding.headline == "web-1: tolerates the out-of-service taint of node node-1, so pod GC never removes the pod"
    )
    assert finding.level is Level.ERROR
    assert found(out_of_service_tolerated, on(of, MARKED), 100) == ()
    assert found(out_of_service_tolerated, on(of, tolerating(terminating(1, asked=60), None, OUT.key)), 100) == ()


def test_a_hostile_node_name_stays_one_quoted_word() -> None:
    name = "n\n; rm -rf / #\x1b[31m"
    held = terminating(1, asked=60, node=name, ready="False")
    objects = around(
        stateful_set(2), [pod(0, node="node-2"), held], nodes={name: node(name, ready="Unknown", since=40)}
    )
    finding = only(node_unreachable, objects, 400)
    assert "\n" not in finding.headline + "".join(one.text for one in finding.remedies) + finding.so
    assert not [one for one in finding.evidence if "\n" in one.object + one.field + one.value]
    commands = [shlex.split(one.command) for one in finding.remedies if "node" in one.command]
    assert commands
    assert all(name in words for words in commands)
