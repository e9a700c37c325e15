"""What has to hold before a pod is force-deleted: each check's pass, fail and unknown, and what is said beside it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

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
from stsview.objects.meta import BasicMeta
from stsview.objects.node import Node
from stsview.triage.support.node_remedies import OUT_OF_SERVICE
from tests.actions.conftest import open_doorway
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
    """What is read of a pod on a silent node: everything else here differs from it in one thing."""

    async def gather(folder: Path) -> tuple[ForceFacts, ForceDelete]:
        async with AsyncExitStack() as stack:
            doorway = await open_doorway(Rig(folder, stack), stack, DEAD)
            intent, session = force(doorway), doorway.live.session
            assert session is not None
            gathering = force_facts.gather(session, intent, request(intent), doorway.settings)
            return await doorway.through(gathering), intent

    return asyncio.run(gather(tmp_path_factory.mktemp("stuck")))


OK, WARN, UNKNOWN, FAIL = Result.PASS, Result.WARN, Result.UNKNOWN, Result.FAIL

UNEXPLAINED = "the server's; nothing tells which is right"

ROWS: list[tuple[str, Change, Result, str]] = [
    ("same-set", nothing, OK, "same object (uid unchanged)"),
    ("same-pod", nothing, OK, "same pod (uid unchanged)"),
    ("same-pod", pod(uid="another"), FAIL, "zookeeper-1 was deleted and recreated (uid changed)"),
    ("owner", nothing, OK, "owned by zookeeper"),
    ("owner", pod(owner_references=()), FAIL, "not owned by zookeeper"),
    ("overdue", due(2460), OK, "overdue: its end was due 41m ago (grace 30s)"),
    ("overdue", due(30), OK, "overdue: its end was due 30s ago (grace 30s)"),
    ("overdue", due(29), FAIL, "its end was due only 29s ago: wait until that is 30s"),
    ("overdue", due(-12), FAIL, "it still has 13s to end"),
    ("overdue", pod(deletion_timestamp=None), FAIL, "nobody has asked for its end: delete it gracefully"),
    ("finalizers", nothing, OK, "no finalizers hold it"),
    ("finalizers", pod(finalizers=("a.b/c",)), FAIL, "finalizer a.b/c holds it: force does not help"),
    ("finalizers", pod(finalizers=("a.b/c", "d")), FAIL, "finalizers a.b/c and d hold it: force does not help"),
    ("clock", nothing, OK, "this machine's clock agrees with the server's"),
    ("clock", clock(known=False), UNKNOWN, "the server does not tell its time"),
    (
        "clock",
        hour_apart(9),
        WARN,
        "this machine's clock is 1h behind the server's; the nodes' agree with it",
    ),
    ("clock", hour_apart(3605), FAIL, "this machine's clock is 1h behind the server's, and so are the nodes'"),
    ("clock", hour_apart(None), UNKNOWN, f"this machine's clock is 1h behind {UNEXPLAINED}"),
    (
        "clock",
        clock(offset=timedelta(seconds=-6)),
        UNKNOWN,
        f"this machine's clock is 6s ahead of {UNEXPLAINED}",
    ),
    ("node", ready("Unknown"), WARN, "node NODE silent for 0s"),
    ("node", ready("False", "KubeletNotReady"), WARN, "node NODE not Ready for 0s (KubeletNotReady)"),
    ("node", ready("True"), FAIL, "node NODE is Ready: its kubelet can finish"),
    ("node", both(node=None), WARN, "there is no node NODE any more"),
    ("node", second(lambda look, _: replace(look, node=None, node_unread="you may not get nodes")), UNKNOWN,
     "node NODE is unknown, and counts as Ready: you may not get nodes"),
    ("node", on_no_node, OK, "it is on no node: nothing of it runs"),
    ("lease", stands(2760), WARN, "its lease has not been renewed for 46m"),
    ("lease", stands(40), WARN, "its lease has not been renewed for 40s"),
    ("lease", stands(39), FAIL, "the lease of NODE was renewed 39s ago: its kubelet may live"),
    ("lease", stands(60, 300), FAIL, "the lease of NODE was renewed 1m ago: its kubelet may live"),
    ("lease", stands(-3600), FAIL, "the lease of NODE is dated 1h ahead: its kubelet may live"),
    ("lease", stands(41, 0), WARN, "its lease has not been renewed for 41s"),
    (
        "lease",
        second(lambda look, now: replace(look, lease=lease(7200)(now))),
        FAIL,
        "the lease of NODE is renewed: its kubelet lives",
    ),
    (
        "lease",
        then(both(lease=None), second(lambda look, now: replace(look, lease=lease(7200)(now)))),
        FAIL,
        "the lease of NODE is renewed: its kubelet lives",
    ),
    (
        "lease",
        then(stands(39), second(lambda look, _: replace(look, lease=None))),
        FAIL,
        "the lease of NODE was renewed 39s ago: its kubelet may live",
    ),
    ("lease", both(lease=None), WARN, "NODE has no lease"),
    ("lease", then(both(lease=None, node=None)), WARN, "NODE has no lease"),
    (
        "lease",
        then(ready("False"), both(lease=None)),
        UNKNOWN,
        "NODE has no lease: whether its kubelet lives is unknown",
    ),
    ("lease", both(lease=None, lease_unread="you may not get leases in kube-node-lease"), UNKNOWN,
     "the lease of NODE is unknown, and counts as renewed: you may not get leases in kube-node-lease"),
    ("taints", nothing, OK, "NODE is tainted as unreachable"),
    ("taints", tainted(), WARN, "NODE is not tainted as unreachable"),
    ("taints", tainted(OUT_OF_SERVICE), WARN, "NODE is marked out of service: pod GC is to remove it"),
    # Its other results are in test_place.py: the server is asked for them.
    ("place", nothing, OK, "2 other nodes take pods where its volumes can be reached"),
    ("volumes", nothing, WARN, "data-zookeeper-1 is still attached to NODE (ReadWriteOnce)"),
    ("volumes", without_attachments, OK, "no volume of it is attached to NODE (ReadWriteOnce)"),
    (
        "volumes",
        then(without_attachments, modes("ReadWriteMany")),
        WARN,
        "data-zookeeper-1 can be written from any node (ReadWriteMany)",
    ),
    ("volumes", without_volumes, OK, "it has no claims"),
    (
        "volumes",
        unread(ATTACHMENTS),
        UNKNOWN,
        "where its volumes are attached is unknown: you may not list volumeattachments",
    ),
    (
        "volumes",
        unread(CLAIMS),
        UNKNOWN,
        "where its volumes are attached is unknown: you may not list persistentvolumeclaims",
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


def test_another_set_of_the_name(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    facts, intent = stuck
    (made,) = [one for one in checks_of(facts, replace(intent, set_uid="another")) if one.id == "same-set"]
    assert made.result is FAIL


def made_of(stuck: tuple[ForceFacts, ForceDelete], *changes: Change, override: str = "") -> Plan:
    facts, intent = stuck
    return plan(then(*changes)(facts), replace(intent, override=override), Policy())


def test_a_pod_that_came_to_be_stuck_only_while_everything_was_read_is_not_forced_unseen(
    stuck: tuple[ForceFacts, ForceDelete],
) -> None:
    made = made_of(stuck, lambda facts: replace(facts, kubelet=None), override="because")
    (refusing,) = made.refused
    assert refusing.words.endswith("was not looked at: ask again")
    assert not made.overridable


@pytest.mark.parametrize("change", [pod(finalizers=("a",)), due(1), pod(uid="x"), clock(known=False)])
def test_some_refusals_no_reason_lifts(stuck: tuple[ForceFacts, ForceDelete], change: Change) -> None:
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
def test_others_a_written_reason_lifts(stuck: tuple[ForceFacts, ForceDelete], change: Change, attested: str) -> None:
    made = made_of(stuck, change)
    assert made.overridable
    assert made.confirmation.reason
    assert made_of(stuck, change, override="  ").refused
    overridden = made_of(stuck, change, override="the kubelet hangs")
    assert not overridden.refused
    assert [one.id for one in overridden.confirmation.attestations] == [attested]
    assert (overridden.confirmation.name, overridden.confirmation.reason) == (POD, True)


SAFER: list[tuple[Change, list[str]]] = [
    (nothing, ["bring NODE back", "once it is surely off", "if it is gone for good"]),
    (both(node=None), ["wait: pod GC removes it within two minutes", "see whether kube-controller-manager runs"]),
    (tainted(OUT_OF_SERVICE), ["wait: pod GC removes it, as NODE", "see whether kube-controller-manager runs"]),
    (
        ready("True"),
        ["read its events", "see what NODE says", "ask with a shorter grace", "restart the kubelet", "restart the"],
    ),
    (then(ready("True"), pod(deletion_grace_period_seconds=1)),
     ["read its events", "see what NODE says", "restart the kubelet", "restart the"]),
    (pod(finalizers=("a.b/c",)), ["find out who sets a.b/c"]),
    (due(-12), ["wait: it has 13s left", "ask with a shorter grace"]),
    (pod(deletion_timestamp=None), ["delete it gracefully"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "ways"), SAFER)
def test_safer_ways_come_first(stuck: tuple[ForceFacts, ForceDelete], change: Change, ways: list[str]) -> None:
    found = made_of(stuck, change).safer
    assert len(found) == len(ways)
    for one, way in zip(found, ways, strict=True):
        assert one.words.replace(stuck[0].node, "NODE").startswith(way)


def test_what_is_more_dangerous_still_is_a_command_with_its_risk(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    (detach,) = made_of(stuck).manual_only
    assert detach.words.startswith("detach data-zookeeper-1 at once: if ")
    assert detach.command.startswith("kubectl delete volumeattachment csi-")
    (take_off,) = made_of(stuck, lambda facts: replace(pod(finalizers=("a.b/c",))(facts), kubelet=None)).manual_only
    assert take_off.words == "take a.b/c off: what it guards is skipped"
    assert '"op": "test", "path": "/metadata/finalizers/0", "value": "a.b/c"' in take_off.command
    assert made_of(stuck, pod(deletion_timestamp=None)).manual_only == ()


def test_what_happens_and_what_may_write_twice(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    node = stuck[0].node
    made = made_of(stuck)
    assert made.title == "Force-delete default/zookeeper-1"
    assert made.steps == (
        "the API server forgets zookeeper-1 at once, without a word from its node",
        "the controller creates a new zookeeper-1 with the same name and the same claim data-zookeeper-1",
        f"elsewhere it starts once data-zookeeper-1 is detached from {node}: six minutes, as a rule",
    )
    assert made.risks == (
        "If the old process still runs, two zookeeper-1 may write to data-zookeeper-1. The API cannot tell.",
    )
    assert made.same_as == "kubectl -n default delete pod zookeeper-1 --grace-period=0 --force"
    assert [one.words for one in made.confirmation.attestations] == [
        f"I have made sure that the machine {node} is powered off or fenced"
    ]
    lives = made_of(stuck, ready("True"), modes("ReadWriteMany")).risks
    assert lives[0].startswith(f"The kubelet of {node} may live")
    assert lives[-1] == "Nothing keeps the two apart on data-zookeeper-1: it can be written from any node."
    assert "two zookeeper-1 are there under one name" in made_of(stuck, without_volumes).risks[0]
    assert made_of(stuck, tainted(OUT_OF_SERVICE)).steps[-1].endswith(": at once")


def test_a_pod_on_no_node_takes_no_attestation(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    made = made_of(stuck, on_no_node)
    assert not made.refused
    assert (made.confirmation.attestations, made.confirmation.name, made.risks) == ((), POD, ())
    assert made.steps[0] == "the API server forgets zookeeper-1 at once"


def test_facts_about_a_kubelet_stay_the_same_while_nothing_happens_to_it(
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


def test_what_a_hostile_cluster_says_stays_on_one_line(stuck: tuple[ForceFacts, ForceDelete]) -> None:
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


def test_every_check_is_in_the_table(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    facts, intent = stuck
    made = _ids(checks_of(facts, intent))
    assert len(made) == len(set(made))
    assert set(made) == {id_ for id_, *_ in ROWS}


def test_what_clocks_explain() -> None:
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    for age, explained in ((-5.0, True), (-5.1, False), (15.0, True), (15.1, False)):
        clocks = Clocks(at, True, timedelta(hours=1), at - timedelta(seconds=age))
        assert clocks.explained is explained


def test_a_node_without_a_word_is_not_ready(stuck: tuple[ForceFacts, ForceDelete]) -> None:
    node = Node(metadata=BasicMeta(name="n", uid="u"))
    made = made_of(stuck, both(node=node))
    (found,) = [one for one in made.checks if one.id == "node"]
    assert found.words.endswith("not Ready (no status yet)")
