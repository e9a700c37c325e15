"""Failures at each request of a growth: it stops, says what it leaves, and continues from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stsview.actions.intents import Grow
from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.progress import Outcome, Progress
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import CLAIMS, RESOURCE_QUOTAS, STATEFUL_SETS, VOLUMES
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness
from tests.support.actions.fault_injection import set_is_replaced
from tests.support.actions.growing import NAMES, asked, driver, grow, replace_claim, sizes
from tests.support.actions.restarting import Once, before_sending, new, uids

SECOND = "data-zookeeper-1"

LEFT = "data-zookeeper-2 grown; data-zookeeper-1 and data-zookeeper-0 not touched"


def _request(size: str) -> Callable[[Object], None]:
    def change(claim: Object) -> None:
        claim["spec"]["resources"]["requests"]["storage"] = size

    return change


def _somebody_expands(harness: ActionHarness) -> None:
    """Which fails a test of the patch: 422."""
    harness.cluster.edit(CLAIMS, "default", SECOND, _request("15Gi"))


def _quota(harness: ActionHarness) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "storage", "namespace": "default"},
        "spec": {"hard": {"requests.storage": "45Gi"}},
    }
    harness.cluster.storage.create(RESOURCE_QUOTAS, body)


def _no_right(harness: ActionHarness) -> None:
    harness.cluster.server.users["admin"].denied.append(Rule(("patch",), ("*",), ("persistentvolumeclaims",)))


def _refused(code: int) -> Callable[[ActionHarness], None]:
    def happens(harness: ActionHarness) -> None:
        harness.cluster.server.faults.refusals.append(Refusal(code, "persistentvolumeclaims", ("patch",)))

    return happens


def _cut(harness: ActionHarness) -> None:
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("patch", "persistentvolumeclaims", False))


async def run(harness: ActionHarness, wanted: Grow, happens: Callable[[], object], before: str) -> list[Progress]:
    """Run a growth; something happens just before the request whose path has `before` in it."""
    confirmed = await harness.confirm(await harness.plan(wanted))
    once = Once(happens)
    with before_sending(harness, lambda path: once() if before in path else None):
        told = await harness.carry_out(confirmed, 300.0)
    assert once.happened
    return told


@pytest.mark.parametrize(
    ("happens", "outcome", "why"),
    [
        (
            _somebody_expands,
            Outcome.NOT_REACHED,
            "the API server rejected the request: its request was changed meanwhile to 15Gi",
        ),
        (_quota, Outcome.NOT_REACHED, "exceeded quota: storage, requested: requests.storage"),
        (_no_right, Outcome.NOT_REACHED, "the API server rejected the request: "),
        (_refused(500), Outcome.NOT_REACHED, "the API server rejected the request: "),
        (_refused(429), Outcome.TIMED_OUT, "the API server kept answering 429 Too Many Requests"),
        (_cut, Outcome.NOT_REACHED, "the connection broke before the request was carried out: try again"),
    ],
    ids=["422", "403 quota", "403", "500", "429", "cut"],
)
async def test_a_request_that_fails_ends_it_and_it_continues(
    harness: ActionHarness, happens: Callable[[ActionHarness], None], outcome: Outcome, why: str
) -> None:
    before = uids(harness)
    told = await run(harness, grow(harness), lambda: happens(harness), SECOND)
    assert (told[-1].outcome, new(harness, before)) == (outcome, set())
    assert why in told[-1].words
    assert told[-1].words.endswith(LEFT)
    assert set(asked(harness)) == {"data-zookeeper-2", SECOND}
    begun = unfinished(harness.log.path.parent, harness.view().uid)
    assert begun is not None
    assert begun.words.endswith("data-zookeeper-2 done, 2 left")

    faults = harness.cluster.server.faults
    faults.refusals.clear()
    harness.cluster.server.users["admin"].denied.clear()
    for quota in harness.cluster.storage.list(RESOURCE_QUOTAS, "default"):
        harness.cluster.storage.delete(RESOURCE_QUOTAS, "default", quota["metadata"]["name"])
    intent = begun.intent()
    assert intent is not None
    await harness.rig.pass_time(5.0)
    told = await harness.carry_out(await harness.confirm(await harness.plan(intent)))
    assert told[-1].outcome is Outcome.REACHED
    assert sizes(harness) == dict.fromkeys(NAMES, ("20Gi", "20Gi"))
    assert unfinished(harness.log.path.parent, harness.view().uid) is None


async def test_a_lost_answer_is_looked_up_and_never_sent_again(harness: ActionHarness) -> None:
    drop = DroppedResponse("patch", "persistentvolumeclaims", True)
    told = await run(
        harness, grow(harness), lambda: harness.cluster.server.faults.dropped_responses.append(drop), SECOND
    )
    assert told[-1].outcome is Outcome.REACHED
    assert asked(harness) == list(NAMES)


def _terminate(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(CLAIMS, "default", SECOND)


def _lose(harness: ActionHarness) -> None:
    harness.cluster.storage.modify(
        CLAIMS, "default", SECOND, lambda one: one["status"].update(phase="Lost"), subresource="status", manager="test"
    )


def _take(harness: ActionHarness) -> None:
    storage = harness.cluster.storage
    other = storage.get(CLAIMS, "default", "data-zookeeper-0")["metadata"]
    ref = {"namespace": "default", "name": other["name"], "uid": other["uid"]}
    volume = storage.get(CLAIMS, "default", SECOND)["spec"]["volumeName"]
    harness.cluster.edit(VOLUMES, "", volume, lambda one: one["spec"].update(claimRef=ref))


def _orphan(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper", propagation="Orphan")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda harness: replace_claim(harness, SECOND), f"PVC {SECOND} was deleted and recreated (uid changed)"),
        (_terminate, f"{SECOND} is being deleted"),
        (_lose, f"{SECOND} has lost its volume"),
        (_take, "is reserved for PVC default/data-zookeeper-0"),
        (_orphan, "the StatefulSet no longer exists"),
        (lambda harness: set_is_replaced(harness, ""), "zookeeper was deleted and recreated (uid changed)"),
    ],
    ids=["replaced", "deleted", "lost", "taken", "set gone", "set replaced"],
)
async def test_a_claim_that_changes_before_its_turn_is_not_patched(
    harness: ActionHarness, happens: Callable[[ActionHarness], Any], why: str
) -> None:
    """The first claim grows meanwhile: everything is read again before the second."""
    told = await run(harness, grow(harness), lambda: happens(harness), "data-zookeeper-2")
    assert told[-1].outcome is Outcome.NOT_REACHED, told[-1]
    assert why in told[-1].words
    assert told[-1].words.endswith(LEFT)
    assert asked(harness) == ["data-zookeeper-2"]


async def test_a_restart_that_may_not_be_waits_for_the_other_members(harness: ActionHarness) -> None:
    """The engine of ordered restarts decides; a budget that never allows it ends the growth."""
    driver(harness, "offline")
    before = uids(harness)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "zk", "namespace": "default"},
        "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "zookeeper"}}},
    }
    harness.cluster.apply(budget)
    harness.cluster.engine.run_due()
    plan = await harness.plan(grow(harness))
    (warned,) = [one for one in plan.checks if one.id == "restart"]
    assert "PodDisruptionBudget zk never allows a disruption" in warned.words
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert told[-1].words.startswith(
        "zookeeper-2 has to restart, so that the file system of data-zookeeper-2 grows: PodDisruptionBudget zk never"
    )
    assert (asked(harness), new(harness, before)) == (["data-zookeeper-2"], set())
    again = await harness.plan(grow(harness))
    assert "zookeeper-2 has to restart: PodDisruptionBudget zk never allows" in again.refused[0].words
