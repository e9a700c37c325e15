"""Why the server rejected a patch, and whether a patch was carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.actions.errors import Refused
from stsview.actions.intents import Reconcile, SetIntent
from stsview.actions.plan import Plan, Request
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.requests.json_patch import Operation, patch_set
from stsview.actions.requests.json_patch import tests as has
from stsview.actions.requests.patch_outcome import explain, renewed, was_done
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import MERGE_PATCH, Message
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from tests.actions.conftest import ActionHarness
from tests.support.actions.rollouts import KAFKA, annotate, kafka, set_partition, stored, uid


def session(harness: ActionHarness) -> Session:
    assert harness.live.session is not None
    return harness.live.session


def patch(harness: ActionHarness, *operations: Operation, subresource: str = "") -> Request:
    return patch_set(SetIntent(KAFKA, uid(harness)), "change it", *operations, subresource=subresource)


async def told(harness: ActionHarness, *operations: Operation) -> str:
    return await harness.through(explain(session(harness), patch(harness, *operations)))


async def test_the_first_failed_test_is_explained_on_one_line(tmp_path: Path) -> None:
    async with kafka(tmp_path, 2, updateStrategy={"type": "RollingUpdate"}) as harness:
        annotate(harness, **{"a/b~c": "x\x1b\n" + "y" * 200})
        spec = stored(harness)["spec"]
        assert await told(harness, has("/spec/replicas", 2), has("/spec/template", spec["template"])) == ""
        strategy = "/spec/updateStrategy"
        cases: list[tuple[Operation, str]] = [
            (has("/metadata/uid", "other"), "data/kafka was deleted and recreated (uid changed)"),
            (has("/spec/replicas", 3), "the replicas were set to 2 meanwhile"),
            (has("/spec/template", {}), "the pod template was changed meanwhile ("),
            (has(strategy, {"type": "OnDelete"}), "the update strategy was changed meanwhile to RollingUpdate"),
            (
                has(strategy, {"type": "RollingUpdate", "rollingUpdate": {"partition": 4}}),
                "the partition was set to 0 meanwhile",
            ),
            (has(strategy, {"type": "RollingUpdate", "x": 1}), "the update strategy was changed meanwhile"),
            (has(strategy, None), "the update strategy was changed meanwhile"),
            (
                has("/metadata/annotations/c", "d"),
                "the annotation c was removed meanwhile",
            ),
            (
                has("/metadata/annotations/a~1b~0c", "d"),
                f"the annotation a/b~c was changed meanwhile to x {'y' * 77}…",
            ),
            (has("/spec/serviceName", "d"), "/spec/serviceName was changed meanwhile"),
            (has("/spec/nonesuch/0", "d"), "/spec/nonesuch/0 was changed meanwhile"),
        ]
        for operation, words in cases:
            assert (await told(harness, has("/spec/replicas", 2), operation)).startswith(words)
        other = Request("/x", Message("PATCH", {}, MERGE_PATCH), patch(harness).about, "")
        assert await explain(session(harness), other) == ""
        assert await renewed(session(harness), other) is None


async def test_an_object_that_is_unreadable_or_gone(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        request = patch(harness, has("/spec/replicas", 7))
        made = await planned(harness, request)
        admin = harness.cluster.server.users["admin"]
        admin.denied.append(Rule(("get",), ("apps",), ("statefulsets",)))
        words = await harness.through(explain(session(harness), request))
        assert words.startswith("a precondition no longer holds; cannot read which: ")
        admin.denied.clear()
        harness.cluster.storage.delete(STATEFUL_SETS, "data", "kafka")
        assert await harness.through(explain(session(harness), request)) == "StatefulSet data/kafka no longer exists"
        with pytest.raises(Refused, match="StatefulSet data/kafka no longer exists"):
            await harness.through(was_done(session(harness), made))


async def test_an_invalid_patch_keeps_the_message_of_the_server(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        wrong = patch(harness, {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": ""})
        check = await harness.through(dry_run(session(harness), wrong))
        assert "spec.template.spec.containers[0].image" in check.words


async def test_was_done_compares_the_requested_values(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as harness:
        annotate(harness, a="b")
        set_partition(harness, 2)

        async def so(*operations: Operation, subresource: str = "") -> bool:
            made = await planned(harness, patch(harness, *operations, subresource=subresource))
            return await harness.through(was_done(session(harness), made))

        template = stored(harness)["spec"]["template"]
        less: dict[str, Any] = {"spec": {"containers": [{"name": "kafka", "image": "kafka:3.8", "command": None}]}}
        assert await so({"op": "replace", "path": "/spec/template", "value": template})
        assert await so({"op": "replace", "path": "/spec/template", "value": less})
        less["spec"]["containers"].append({"name": "other"})
        assert not await so({"op": "replace", "path": "/spec/template", "value": less})
        assert await so({"op": "add", "path": "/spec/updateStrategy/rollingUpdate", "value": {"partition": 2}})
        assert not await so({"op": "add", "path": "/spec/updateStrategy/rollingUpdate/partition", "value": 1})
        assert await so({"op": "remove", "path": "/metadata/annotations/c"})
        assert not await so({"op": "remove", "path": "/metadata/annotations/a"})
        assert await so({"op": "add", "path": "/spec/replicas", "value": 1}, subresource="scale")
        other = await planned(harness, patch_set(SetIntent(KAFKA, "another"), "change it"))
        assert not await harness.through(was_done(session(harness), other))


async def planned(harness: ActionHarness, request: Request) -> Plan:
    """A plan that asks for nothing else."""
    return replace(await harness.plan(Reconcile(KAFKA, uid(harness))), requests=(request,))
