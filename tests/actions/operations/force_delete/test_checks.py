"""Checks before a force-deletion: pass, fail and unknown of each, and the texts of the plan."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete import facts as force_facts
from stsview.actions.operations.force_delete.action import plan, request
from stsview.actions.operations.force_delete.checks import checks_of
from stsview.actions.operations.force_delete.clock_skew import Clocks
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import preconditions
from stsview.actions.plan import Check, Plan, Precondition, Result
from stsview.actions.policy import Policy
from stsview.objects.kinds import ATTACHMENTS, CLAIMS
from stsview.objects.meta import BasicMeta, OwnerReference
from stsview.objects.node import Node
from stsview.triage.support.node_remedies import OUT_OF_SERVICE
from tests.actions.conftest import open_harness
from tests.live.conftest import Rig
from tests.support.actions.altered import (
    Change,
    both,
    clock,
    due,
    hour_apart,
    lease,
    modes,
    nothing,
    on_no_node,
    pod,
    ready,
    second,
    seen,
    stands,
    tainted,
    then,
    unread,
    without_attachments,
    without_volumes,
)
from tests.support.actions.stuck import DEAD, POD, force


@pytest.fixture(scope="module")
def stuck(tmp_path_factory: pytest.TempPathFactory) -> tuple[ForceFacts, ForceDelete]:
    """What is read of a pod on an unreachable node: everything else here differs from it in one thing."""

    async def gather(folder: Path) -> tuple[ForceFacts, ForceDelete]:
        async with AsyncExitStack() as stack:
            harness = await open_harness(Rig(folder, stack), stack, DEAD)
            intent, session = force(harness), harness.live.session
            assert session is not None
            gathering = force_facts.gather(session, intent, request(intent), PlanContext(harness.settings, folder))
            return await harness.through(gathering), intent

    return asyncio.run(gather(tmp_path_factory.mktemp("stuck")))


def owner(api_version: str) -> OwnerReference:
    """A set of that name and another uid."""
    return OwnerReference(api_version=api_version, kind="StatefulSet", name="zookeeper", uid="former", controller=True)


OK, WARN, UNKNOWN, FAIL = Result.PASS, Result.WARN, Result.UNKNOWN, Result.FAIL

UNEXPLAINED = "the server's; cannot tell which is right"

ROWS: list[tuple[str, Change, Result, str]] = [
    ("same-set", nothing, OK, "same object (uid unchanged)"),
    ("same-pod", nothing, OK, "same pod (uid unchanged)"),
    ("same-pod", pod(uid="another"), FAIL, "zookeeper-1 was deleted and recreated (uid changed)"),
    ("owner", nothing, OK, "owned by zookeeper"),
    ("owner", pod(owner_references=()), FAIL, "not owned by zookeeper"),
    ("owner", pod(owner_references=(owner("apps/v1"),)), OK, "owned by a former zookeeper, which is deleted"),
    ("owner", pod(owner_references=(owner("apps.kruise.io/v1beta1"),)), FAIL, "not owned by zookeeper"),
    ("overdue", due(2460), OK, "grace period exceeded by 41m (grace 30s)"),
    ("overdue", due(30), OK, "grace period exceeded by 30s (grace 30s)"),
    ("overdue", due(29), FAIL, "grace period exceeded by only 29s: wait until it is 30s"),
    ("overdue", due(-12), FAIL, "still within its grace period: 13s left"),
    ("overdue", pod(deletion_timestamp=None), FAIL, "not terminating: use a normal delete"),
    ("finalizers", nothing, OK, "no finalizers"),
    ("finalizers", pod(finalizers=("a.b/c",)), FAIL, "finalizer a.b/c blocks the removal: force-delete has no effect"),
    ("finalizers", pod(finalizers=("a.b/c", "d")), FAIL,
     "finalizers a.b/c and d block the removal: force-delete has no effect"),
    ("clock", nothing, OK, "this machine's clock agrees with the server's"),
    ("clock", clock(known=False), UNKNOWN, "the API server does not report its time"),
    (
        "clock",
        hour_apart(9),
        WARN,
        "this machine's clock is 1h behind the server's; the nodes agree with the server",
    ),
    ("clock", hour_apart(3605), FAIL, "the clocks of this machine and the nodes are 1h behind the server's"),
    ("clock", hour_apart(None), UNKNOWN, f"this machine's clock is 1h behind {UNEXPLAINED}"),
    (
        "clock",
        clock(offset=timedelta(seconds=-6)),
        UNKNOWN,
        f"this machine's clock is 6s ahead of {UNEXPLAINED}",
    ),
    ("node", ready("Unknown"), WARN, "node NODE has been unreachable for 0s"),
    ("node", ready("False", "KubeletNotReady"), WARN, "node NODE has been NotReady for 0s (KubeletNotReady)"),
    ("node", ready("True"), FAIL, "node NODE is Ready: its kubelet can terminate the pod"),
    ("node", both(node=None), WARN, "node NODE no longer exists"),
    ("node", second(lambda look, _: replace(look, node=None, node_unread="you may not get nodes")), UNKNOWN,
     "node NODE is unknown and counts as Ready: you may not get nodes"),
    ("node", on_no_node, OK, "not bound to a node: none of its containers runs"),
    ("lease", stands(2760), WARN, "the lease of NODE has not been renewed for 46m"),
    ("lease", stands(40), WARN, "the lease of NODE has not been renewed for 40s"),
    ("lease", stands(39), FAIL, "the lease of NODE was renewed 39s ago: its kubelet may be alive"),
    ("lease", stands(60, 300), FAIL, "the lease of NODE was renewed 1m ago: its kubelet may be alive"),
    ("lease", stands(-3600), FAIL, "the lease of NODE is dated 1h in the future: its kubelet may be alive"),
    ("lease", stands(41, 0), WARN, "the lease of NODE has not been renewed for 41s"),
    (
        "lease",
        second(lambda look, now: replace(look, lease=lease(7200)(now))),
        FAIL,
        "the lease of NODE is being renewed: its kubelet is alive",
    ),
    (
        "lease",
        then(both(lease=None), second(lambda look, now: replace(look, lease=lease(7200)(now)))),
        FAIL,
        "the lease of NODE is being renewed: its kubelet is alive",
    ),
    (
        "lease",
        then(stands(39), second(lambda look, _: replace(look, lease=None))),
        FAIL,
        "the lease of NODE was renewed 39s ago: its kubelet may be alive",
    ),
    ("lease", both(lease=None), WARN, "NODE has no lease"),
    ("lease", then(both(lease=None, node=None)), WARN, "NODE has no lease"),
    (
        "lease",
        then(ready("False"), both(lease=None)),
        UNKNOWN,
        "NODE has no lease: cannot tell whether its kubelet is alive",
    ),
    ("lease", both(lease=None, lease_unread="you may not get leases in kube-node-lease"), UNKNOWN,
     "the lease of NODE is unknown and counts as renewed: you may not get leases in kube-node-lease"),
    ("taints", nothing, OK, "NODE has the unreachable taint"),
    ("taints", tainted(), WARN, "NODE does not have the unreachable taint"),
    ("taints", tainted(OUT_OF_SERVICE), WARN, "NODE is tainted out-of-service: pod GC will remove the pod"),
    # Its other results are in test_place.py: the server is asked for them.
    ("place", nothing, OK, "2 other nodes accept pods and can reach its volumes"),
    ("volumes", nothing, WARN, "data-zookeeper-1 is still attached to NODE (ReadWriteOnce)"),
    ("volumes", without_attachments, OK, "none of its volumes is attached to NODE (ReadWriteOnce)"),
    (
        "volumes",
        then(without_attachments, modes("ReadWriteMany")),
        WARN,
        "data-zookeeper-1 is writable from any node (ReadWriteMany)",
    ),
    ("volumes", without_volumes, OK, "no PVCs"),
    (
        "volumes",
        unread(ATTACHMENTS),
        UNKNOWN,
        "cannot tell where its volumes are attached: you may not list volumeattachments",
    ),
    (
        "volumes",
        unread(CLAIMS),
        UNKNOWN,
        "cannot tell where its volumes are attached: you may not list persistentvolumeclaims",
    ),
    ("rights", nothing, OK, "you may delete pods in default"),
    ("dry-run", nothing, OK, "dry run succeeded"),
    ("members", nothing, OK, "2 of 3 members remain available"),
    ("budget", nothing, OK, "no PodDisruptionBudget"),
    ("writers", nothing, OK, "no other writer detected (HPA, GitOps, operator)"),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "change", "result", "words"), ROWS)
def test_each_check(
    stuck: tuple[ForceFacts, ForceDelete], id_: str, change: Change, result: Result, words: str
) -> None:
    facts, intent = stuck
    found = change(facts)
    (made,) = [one for one in checks_of(found, intent) if one.id == id_]
    assert (made.result, made.words.replace(facts.node, "NODE")) == (result, words)
    refusing = result is FAIL or (result is UNKNOWN and id_ in ("clock", "node", "lease"))
    assert made.refuses is refusing
    assert made.overridable is (refusing and id_ in ("node", "lease"))


def test_a_recreated_set_is_refused(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    facts, intent = stuck
    (made,) = [one for one in checks_of(facts, replace(intent, set_uid="another")) if one.id == "same-set"]
    assert made.result is FAIL


def made_of(stuck: tuple[ForceFacts, ForceDelete], *changes: Change, override: str = "") -> Plan:
    facts, intent = stuck
    return plan(then(*changes)(facts), replace(intent, override=override), Policy())


def test_a_pod_that_got_stuck_during_the_reads_is_refused(
    stuck: tuple[ForceFacts, ForceDelete],
) -> None:
    made = made_of(stuck, lambda facts: replace(facts, kubelet=None), override="because")
    (refusing,) = made.refused
    assert refusing.words.endswith("was not checked: try again")
    assert not made.overridable


@pytest.mark.parametrize("change", [pod(finalizers=("a",)), due(1), pod(uid="x"), clock(known=False)])
def test_some_refusals_cannot_be_overridden(stuck: tuple[ForceFacts, ForceDelete], change: Change) -> None:
    made = made_of(stuck, change, override="because")
    assert made.refused
    assert not made.overridable
    assert not made.confirmation.reason


@pytest.mark.parametrize(
    ("change", "attested"),
    [
        (ready("True"), "pod-has-ended"),
        (stands(20), "pod-has-ended"),
        (both(node=None, node_unread="you may not get nodes"), "node-is-off"),
        (both(lease=None, lease_unread="you may not get leases"), "node-is-off"),
    ],
)
def test_other_refusals_can_be_overridden_with_a_reason(
    stuck: tuple[ForceFacts, ForceDelete], change: Change, attested: str
) -> None:
    made = made_of(stuck, change)
    assert made.overridable
    assert made.confirmation.reason
    assert made_of(stuck, change, override="  ").refused
    overridden = made_of(stuck, change, override="the kubelet hangs")
    assert not overridden.refused
    assert [one.id for one in overridden.confirmation.attestations] == [attested]
    assert (overridden.confirmation.name, overridden.confirmation.reason) == (POD, True)


SAFER: list[tuple[Change, list[str]]] = [
    (nothing, ["bring NODE back", "if it is confirmed off", "if it is gone for good"]),
    (both(node=None), ["wait: pod GC removes it within 2 min", "check that kube-controller-manager"]),
    (tainted(OUT_OF_SERVICE), ["wait: pod GC removes it, because NODE", "check that kube-controller-manager"]),
    (
        ready("True"),
        ["check its events", "check the conditions of NODE", "delete it with a", "restart the kubelet", "reboot NODE"],
    ),
    (then(ready("True"), pod(deletion_grace_period_seconds=1)),
     ["check its events", "check the conditions of NODE", "restart the kubelet", "reboot NODE"]),
    (pod(finalizers=("a.b/c",)), ["find which controller owns a.b/c"]),
    (due(-12), ["wait: 13s of its grace period left", "delete it with a shorter grace period"]),
    (pod(deletion_timestamp=None), ["use a normal delete"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "ways"), SAFER)
def test_safer_alternatives(stuck: tuple[ForceFacts, ForceDelete], change: Change, ways: list[str]) -> None:
    found = made_of(stuck, change).safer
    assert len(found) == len(ways)
    for one, way in zip(found, ways, strict=True):
        assert one.words.replace(stuck[0].node, "NODE").startswith(way)


def test_more_dangerous_ways_are_commands_with_their_risk(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    (detach,) = made_of(stuck).manual_only
    assert detach.words.startswith("detach data-zookeeper-1 now: if ")
    assert detach.command.startswith("kubectl delete volumeattachment csi-")
    (take_off,) = made_of(stuck, lambda facts: replace(pod(finalizers=("a.b/c",))(facts), kubelet=None)).manual_only
    assert take_off.words == "remove finalizer a.b/c (skips the cleanup it protects)"
    assert '"op": "test", "path": "/metadata/finalizers/0", "value": "a.b/c"' in take_off.command
    assert made_of(stuck, pod(deletion_timestamp=None)).manual_only == ()


def test_steps_and_risks(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    node = stuck[0].node
    made = made_of(stuck)
    assert made.title == "Force-delete default/zookeeper-1"
    assert made.steps == (
        "remove zookeeper-1 from the API now, without node confirmation",
        "the controller recreates it with PVC data-zookeeper-1",
        f"it can start elsewhere once the PVC detaches from {node} (usually 6 min)",
    )
    assert made.risks == (
        "If the old process still runs, two zookeeper-1 may write to data-zookeeper-1 (split brain). "
        "The API cannot tell.",
    )
    assert made.same_as == "kubectl -n default delete pod zookeeper-1 --grace-period=0 --force"
    assert [one.words for one in made.confirmation.attestations] == [
        f"I have verified that {node} is powered off or fenced"
    ]
    lives = made_of(stuck, ready("True"), modes("ReadWriteMany")).risks
    assert lives[0].startswith(f"The kubelet of {node} may be alive")
    assert lives[-1] == "Nothing prevents both from writing to data-zookeeper-1: it is writable from any node."
    assert "two zookeeper-1 have the same identity" in made_of(stuck, without_volumes).risks[0]
    assert made_of(stuck, tainted(OUT_OF_SERVICE)).steps[-1].endswith(" (immediately)")


def test_a_pod_on_no_node_needs_no_attestation(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    made = made_of(stuck, on_no_node)
    assert not made.refused
    assert (made.confirmation.attestations, made.confirmation.name, made.risks) == ((), POD, ())
    assert made.steps[0] == "remove zookeeper-1 from the API now"


def test_preconditions_of_an_unchanged_kubelet_are_equal(
    stuck: tuple[ForceFacts, ForceDelete],
) -> None:
    def told(change: Change, later: float) -> tuple[Precondition, ...]:
        kubelet = seen(change(stuck[0]))
        return preconditions(replace(kubelet, at=kubelet.at + timedelta(seconds=later)))

    for change in (nothing, both(node=None), both(lease=None), ready("True"), tainted(OUT_OF_SERVICE)):
        assert told(change, 0) == told(change, 600)
    renewing = then(ready("True"), second(lambda look, now: replace(look, lease=lease(1)(now))))
    again = then(ready("True"), second(lambda look, now: replace(look, lease=lease(0)(now))))
    assert told(renewing, 0) == told(again, 0)
    for change in (ready("True"), stands(30), both(node=None), both(lease=None), tainted(OUT_OF_SERVICE)):
        assert told(change, 0) != told(nothing, 0)


def test_hostile_text_stays_on_one_line(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    nasty = made_of(stuck, pod(finalizers=("a\nb\tc",)), both(node=None))
    for words in [
        *(one.words for one in nasty.checks),
        *(one.words for one in (*nasty.safer, *nasty.manual_only)),
        *nasty.risks,
    ]:
        assert "\n" not in words
    odd = made_of(stuck, ready("False", "so\nit is"))
    assert any("(so it is)" in one.words for one in odd.checks)


def _ids(made: tuple[Check, ...]) -> list[str]:
    return [one.id for one in made]


def test_every_check_has_a_row(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    facts, intent = stuck
    made = _ids(checks_of(facts, intent))
    assert len(made) == len(set(made))
    assert set(made) == {id_ for id_, *_ in ROWS}


def test_clock_skew_is_explained_by_the_nodes() -> None:
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    for age, explained in ((-5.0, True), (-5.1, False), (15.0, True), (15.1, False)):
        clocks = Clocks(at, True, timedelta(hours=1), at - timedelta(seconds=age))
        assert clocks.explained is explained


def test_a_node_without_a_status_is_not_ready(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    node = Node(metadata=BasicMeta(name="n", uid="u"))
    made = made_of(stuck, both(node=node))
    (found,) = [one for one in made.checks if one.id == "node"]
    assert found.words.endswith("NotReady (no status yet)")
