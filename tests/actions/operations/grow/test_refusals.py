"""What a growth refuses, from the plan or when it is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stsview.actions.errors import Changed
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import CLAIMS, RESOURCE_QUOTAS, STORAGE_CLASSES, VOLUMES
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.growing import CLASS, asked, driver, grow, replace_claim, sizes

NAME = "data-zookeeper-1"


def _status(**fields: Any) -> Callable[[ActionHarness], None]:
    def change(harness: ActionHarness) -> None:
        harness.cluster.storage.modify(
            CLAIMS, "default", NAME, lambda one: one["status"].update(fields), subresource="status", manager="test"
        )

    return change


def _no_expansion(harness: ActionHarness) -> None:
    harness.cluster.edit(STORAGE_CLASSES, "", CLASS, lambda one: one.update(allowVolumeExpansion=False))


def _no_class(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(STORAGE_CLASSES, "", CLASS)


def _deleted(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(CLAIMS, "default", NAME)


def _volume_of(harness: ActionHarness) -> str:
    name: str = harness.cluster.storage.get(CLAIMS, "default", NAME)["spec"]["volumeName"]
    return name


def _uid(harness: ActionHarness, name: str) -> str:
    uid: str = harness.cluster.storage.get(CLAIMS, "default", name)["metadata"]["uid"]
    return uid


def _taken(harness: ActionHarness) -> None:
    other = {"namespace": "default", "name": "data-zookeeper-0", "uid": _uid(harness, "data-zookeeper-0")}
    harness.cluster.edit(VOLUMES, "", _volume_of(harness), lambda one: one["spec"].update(claimRef=other))


def _requested(size: str) -> Callable[[ActionHarness], None]:
    def change(harness: ActionHarness) -> None:
        def ask(one: Object) -> None:
            one["spec"]["resources"]["requests"]["storage"] = size

        harness.cluster.edit(CLAIMS, "default", NAME, ask)

    return change


def _quota(harness: ActionHarness) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "storage", "namespace": "default"},
        "spec": {"hard": {"requests.storage": "50Gi"}},
    }
    harness.cluster.storage.create(RESOURCE_QUOTAS, body)
    harness.cluster.engine.run_due()


def _no_right(harness: ActionHarness) -> None:
    harness.cluster.server.users["admin"].denied.append(Rule(("patch",), ("*",), ("persistentvolumeclaims",)))


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_no_expansion, f"StorageClass {CLASS} of data-zookeeper-2 does not allow expansion (allowVolumeExpansion)"),
        (_no_class, f"StorageClass {CLASS} of data-zookeeper-2 does not exist, so it cannot be expanded"),
        (_deleted, f"{NAME} is being deleted"),
        (_status(phase="Lost"), f"{NAME} has lost its volume"),
        (_status(phase="Pending"), f"{NAME} is bound to no volume yet"),
        (_taken, "is reserved for PVC default/data-zookeeper-0"),
        (_status(capacity={"storage": "40Gi"}), f"{NAME} has 40Gi: a volume cannot shrink"),
        (_requested("30Gi"), f"{NAME} is being expanded to 30Gi: wait until that is done"),
        (_quota, "ResourceQuota storage leaves 20 Gi of requests.storage, and this needs 30 Gi"),
        (_no_right, "you may not patch persistentvolumeclaims in default"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_claim_that_cannot_grow_refuses_the_plan(
    harness: ActionHarness, happens: Callable[[ActionHarness], None], why: str
) -> None:
    happens(harness)
    before = sizes(harness)
    plan = await harness.plan(grow(harness))
    assert any(why in one.words for one in plan.refused), plan.refused
    assert not plan.shown_command
    assert (asked(harness), sizes(harness)) == ([], before)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"size": "5Gi"}, "data-zookeeper-2 has 10Gi: a volume cannot shrink"),
        ({"ordinals": (7,)}, "there is no ordinal 7, only 0 to 2"),
        ({"claim": "logs"}, "zookeeper has no claim template logs, only data"),
        ({"size": "10Gi"}, "every PVC has 10Gi already"),
        ({"continues": "then"}, "there is no unfinished growth to resume"),
    ],
)
async def test_what_cannot_be_asked_for(harness: ActionHarness, options: dict[str, Any], why: str) -> None:
    assert why in [one.words for one in (await harness.plan(grow(harness, **options))).refused]


async def test_what_may_not_be_read_is_unknown_and_left_to_the_dry_run(harness: ActionHarness) -> None:
    for plural in ("storageclasses", "persistentvolumes", "resourcequotas"):
        harness.cluster.server.faults.refusals.append(Refusal(403, plural))
    plan = await harness.plan(grow(harness))
    assert not plan.refused
    assert {one.id for one in plan.checks if one.result is Result.UNKNOWN} >= {"class", "quota"}
    _no_expansion(harness)
    plan = await harness.plan(grow(harness))
    assert {one.id for one in plan.refused} == {"dry-run"}
    assert "only dynamically provisioned pvc can be resized" in plan.refused[0].words


async def test_unread_claims_refuse_it(harness: ActionHarness) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(403, "persistentvolumeclaims", ("list",)))
    assert check(await harness.plan(grow(harness)), "claims").result is Result.UNKNOWN
    assert (await harness.plan(grow(harness))).refused


async def test_a_claim_of_the_same_name_is_another_one(harness: ActionHarness) -> None:
    plan = await harness.plan(grow(harness))
    replace_claim(harness, NAME)
    with pytest.raises(
        Changed,
        match=f"PVC {NAME} was smaller .*, is refused: {NAME} is bound to no volume yet .uid {_uid(harness, NAME)}",
    ):
        await harness.confirm(plan)
    assert asked(harness) == []


async def test_a_volume_that_has_grown_without_its_file_system_has_no_way_back(harness: ActionHarness) -> None:
    driver(harness, "refuse-node", "12Gi", NAME)
    _requested("15Gi")(harness)
    await harness.rig.pass_time(30.0)
    for size in ("12Gi", "15Gi", "20Gi"):
        plan = await harness.plan(grow(harness, size, ordinals=(1,)))
        assert f"the volume of {NAME} has grown to 15Gi, and its file system fails (" in plan.refused[0].words


async def test_only_the_ordinals_that_can_grow(harness: ActionHarness) -> None:
    _deleted(harness)
    plan = await harness.plan(grow(harness, ordinals=(2, 0)))
    assert not plan.refused
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert asked(harness) == ["data-zookeeper-2", "data-zookeeper-0"]
