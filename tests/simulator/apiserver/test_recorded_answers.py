"""Every response recorded from a real API server: same code, reason and fields.

Identities, resource versions, timestamps and managed fields are masked; other differences are listed in `DIFFERENT`,
with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.resources import BUDGETS, CLAIMS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator import recorded
from tests.support.simulator.client import Client
from tests.support.simulator.recorded import NAMESPACE, Recorded, load, masked

DIFFERENT = {
    "ssar-editor": "bindings have other names here, and reviews carry no managedFields",
    "ssrr-viewer": "the rules name only the kinds that are served here",
    "patch-unknown-field-strict": "the message quotes the whole object, with its identity",
    "scale-string": "the message quotes the whole Scale, with its identity and managedFields",
}


def _budget(**status: Any) -> Callable[[Storage], None]:
    def arrange(storage: Storage) -> None:
        storage.modify(
            BUDGETS,
            NAMESPACE,
            "zk-pdb",
            lambda budget: budget["status"].update({"observedGeneration": 1, **status}),
            subresource="status",
        )

    return arrange


def _not_ready(pod: dict[str, Any]) -> None:
    for condition in pod["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition["status"] = "False"


def _arrange_unready(storage: Storage) -> None:
    _budget(disruptionsAllowed=0, currentHealthy=1, desiredHealthy=1)(storage)
    storage.modify(PODS, NAMESPACE, "zookeeper-1", _not_ready, subresource="status")


def _arrange_two_budgets(storage: Storage) -> None:
    spec = storage.get(BUDGETS, NAMESPACE, "zk-pdb")["spec"]
    storage.create(BUDGETS, {"metadata": {"name": "second", "namespace": NAMESPACE}, "spec": spec})


def _arrange_evicting(storage: Storage) -> None:
    _budget(disruptionsAllowed=0, currentHealthy=1, desiredHealthy=1)(storage)
    storage.delete(PODS, NAMESPACE, "zookeeper-0")


def _arrange_other_manager(storage: Storage) -> None:
    def set_image(image: str) -> Callable[[dict[str, Any]], None]:
        return lambda obj: obj["spec"]["template"]["spec"]["containers"][0].update(image=image)

    image = storage.get(STATEFUL_SETS, NAMESPACE, "zookeeper")["spec"]["template"]["spec"]["containers"][0]["image"]
    storage.modify(STATEFUL_SETS, NAMESPACE, "zookeeper", set_image("other"), manager="kubectl")
    storage.modify(STATEFUL_SETS, NAMESPACE, "zookeeper", set_image(image), manager="kubectl")


def _arrange_annotated(storage: Storage) -> None:
    storage.modify(
        PODS, NAMESPACE, "zookeeper-0", lambda pod: pod["metadata"]["annotations"].update({"test/stuck": "true"})
    )


def _arrange_expanded(storage: Storage) -> None:
    size = {"storage": "12Gi"}
    where = (CLAIMS, NAMESPACE, "data-zookeeper-0")
    storage.modify(*where, lambda claim: claim["spec"]["resources"].update(requests=size))
    storage.modify(*where, lambda claim: claim["status"].update(capacity=size), subresource="status")


def _arrange_policy(storage: Storage) -> None:
    where = (STATEFUL_SETS, NAMESPACE, "zookeeper")
    policy = {"whenDeleted": "Retain", "whenScaled": "Delete"}
    storage.modify(*where, lambda one: one["spec"].update(persistentVolumeClaimRetentionPolicy=policy))
    storage.modify(*where, lambda one: one["status"].update(observedGeneration=7), subresource="status")


ARRANGE: dict[str, Callable[[Storage], None]] = {
    "apply-conflict": _arrange_other_manager,
    "evict-ok": _budget(disruptionsAllowed=1, currentHealthy=2, desiredHealthy=1),
    "evict-wrong-uid": _budget(disruptionsAllowed=1, currentHealthy=2, desiredHealthy=1),
    "evict-blocked-by-pdb": _budget(disruptionsAllowed=0, currentHealthy=1, desiredHealthy=1),
    "evict-other-while-terminating": _arrange_evicting,
    "evict-again-terminating": _arrange_evicting,
    "evict-two-pdbs": _arrange_two_budgets,
    "evict-unready-pod-dryrun": _arrange_unready,
    "force-delete": _arrange_annotated,
    "list-page1": _arrange_expanded,
    "maxunavailable": _arrange_policy,
    "ordinals-start": _arrange_policy,
    "list-expired-exact": Storage.compact,
    "watch-expired-410": Storage.compact,
    "watch-expired-410-pods": Storage.compact,
}


@pytest.fixture
def log() -> LogBuffer:
    buffer = LogBuffer()
    for number in range(3):
        line = f"{NAMESPACE}/zookeeper-1/kubernetes-zookeeper fake log line {number}"
        buffer.append(ManualClock().now(), line)
    return buffer


async def _answered(
    name: str, storage: Storage, server: ApiServer, client: Client, log: LogBuffer
) -> tuple[Recorded, int, dict[str, str], Any]:
    recorded.prepare(storage, evicting=name.endswith("while-evicting"))
    if name in ARRANGE:
        ARRANGE[name](storage)
    server.set_log_provider(lambda pod, container, previous: log)
    record = load(name)
    if "watch=1" in record.path and isinstance(record.answer, list):
        return record, *await _streamed(record, server, client)
    path = await _with_token_of(name, record, storage, client)
    answer = await client(record.method, path, record.body, user=record.user, content_type=record.content_type)
    return record, answer.code, answer.headers, _decoded(record, answer.raw)


async def _with_token_of(name: str, record: Recorded, storage: Storage, client: Client) -> str:
    """The recorded path, with a continue token of this server."""
    path = record.path
    if name.startswith("list-page2"):
        first = await client("GET", load("list-page1").path)
        path = path.partition("&continue=")[0] + "&continue=" + first.json["metadata"]["continue"]
    if name == "list-page2-expired":
        storage.modify(PODS, NAMESPACE, "zookeeper-0", _not_ready, subresource="status")
        storage.compact()
    return path


async def _streamed(record: Recorded, server: ApiServer, client: Client) -> tuple[int, dict[str, str], Any]:
    """The events of a watch until the server ends it, which it does at once here."""
    async with client.watch(record.path, user=record.user) as stream:
        events = [await stream.next() for _ in record.answer]
        server.expire_watches()
        assert (await stream.next())["type"] == "ERROR"
        return stream.code, stream.headers, events


def _decoded(record: Recorded, raw: bytes) -> Any:
    """The decoded body; for a failed watch, its only event."""
    return raw.decode() if isinstance(record.answer, str) else json.loads(raw)


@pytest.mark.parametrize("name", [name for name in recorded.names() if name not in DIFFERENT])
async def test_responses_equal_the_recorded_ones(
    name: str, storage: Storage, server: ApiServer, client: Client, log: LogBuffer
) -> None:
    record, code, headers, answer = await _answered(name, storage, server, client, log)
    assert (code, masked(answer)) == (record.code, masked(record.answer))
    for header, value in record.headers.items():
        assert headers[header].partition(";")[0] == value


@pytest.mark.parametrize("name", sorted(DIFFERENT))
async def test_codes_headers_and_fields_equal_the_recorded_ones(
    name: str, storage: Storage, server: ApiServer, client: Client, log: LogBuffer
) -> None:
    record, code, headers, answer = await _answered(name, storage, server, client, log)
    assert code == record.code
    assert answer.keys() == record.answer.keys()
    assert answer.get("reason") == record.answer.get("reason")
    for header, value in record.headers.items():
        assert headers[header] == value
    if "message" in answer:
        beginning, ending = ' "" is invalid: patch: Invalid value: "{', record.answer["message"].rpartition("}}")[2]
        assert answer["message"].startswith(beginning)
        assert answer["message"].endswith(ending)
        assert answer["details"]["causes"][0].keys() == record.answer["details"]["causes"][0].keys()
    elif "status" in answer and "allowed" in answer["status"]:
        assert answer["status"]["allowed"] == record.answer["status"]["allowed"]
        assert answer["status"].keys() == record.answer["status"].keys()


def test_an_eviction_with_a_failed_precondition_uses_the_budget(storage: Storage) -> None:
    recorded.prepare(storage)
    ARRANGE["evict-wrong-uid"](storage)
    with pytest.raises(ApiError) as refused:
        evict(storage, NAMESPACE, "zookeeper-0", {"uid": "00000000-0000-0000-0000-000000000000"})
    assert refused.value.code == 409
    status = storage.get(BUDGETS, NAMESPACE, "zk-pdb")["status"]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["zookeeper-0"]


async def test_a_viewers_rules_are_the_recorded_ones(
    storage: Storage, server: ApiServer, client: Client, log: LogBuffer
) -> None:
    """Every rule listed here is a recorded one, limited to served kinds."""
    record, _, _, answer = await _answered("ssrr-viewer", storage, server, client, log)
    real = {
        (verb, group, resource)
        for rule in record.answer["status"]["resourceRules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    here = {
        (verb, group, resource)
        for rule in answer["status"]["resourceRules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert here <= real
    assert ("list", "apps", "statefulsets") in here
