"""Why the server rejected a patch, and whether a patch was carried out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stsview.actions.errors import Refused
from stsview.actions.intents import Intent, Reconcile
from stsview.actions.plan import Plan, Request
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.requests.json_patch import Operation, patch_set
from stsview.actions.requests.json_patch import tests as has
from stsview.actions.requests.patch_outcome import explain, renewed, was_done
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import MERGE_PATCH, Message
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from tests.actions.conftest import Doorway
from tests.support.actions.rollouts import KAFKA, annotate, kafka, set_partition, stored, uid


def session(doorway: Doorway) -> Session:
    assert doorway.live.session is not None
    return doorway.live.session


def patch(doorway: Doorway, *operations: Operation, subresource: str = "") -> Request:
    return patch_set(Intent(KAFKA, uid(doorway)), "change it", *operations, subresource=subresource)


async def told(doorway: Doorway, *operations: Operation) -> str:
    return await doorway.through(explain(session(doorway), patch(doorway, *operations)))


async def test_the_first_failed_test_is_explained_on_one_line(tmp_path: Path) -> None:
    async with kafka(tmp_path, 2, updateStrategy={"type": "RollingUpdate"}) as doorway:
        annotate(doorway, **{"a/b~c": "x\x1b\n" + "y" * 200})
        spec = stored(doorway)["spec"]
        assert await told(doorway, has("/spec/replicas", 2), has("/spec/template", spec["template"])) == ""
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
            assert (await told(doorway, has("/spec/replicas", 2), operation)).startswith(words)
        other = Request("/x", Message("PATCH", {}, MERGE_PATCH), patch(doorway).about, "")
        assert await explain(session(doorway), other) == ""
        assert await renewed(session(doorway), other) is None


async def test_an_object_that_is_unreadable_or_gone(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as doorway:
        request = patch(doorway, has("/spec/replicas", 7))
        made = await planned(doorway, request)
        admin = doorway.cluster.server.users["admin"]
        admin.denied.append(Rule(("get",), ("apps",), ("statefulsets",)))
        words = await doorway.through(explain(session(doorway), request))
        assert words.startswith("a precondition no longer holds; cannot read which: ")
        admin.denied.clear()
        doorway.cluster.storage.delete(STATEFUL_SETS, "data", "kafka")
        assert await doorway.through(explain(session(doorway), request)) == "StatefulSet data/kafka no longer exists"
        with pytest.raises(Refused, match="StatefulSet data/kafka no longer exists"):
            await doorway.through(was_done(session(doorway), made))


async def test_an_invalid_patch_keeps_the_message_of_the_server(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as doorway:
        wrong = patch(doorway, {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": ""})
        check = await doorway.through(dry_run(session(doorway), wrong))
        assert "spec.template.spec.containers[0].image" in check.words


async def test_was_done_compares_the_requested_values(tmp_path: Path) -> None:
    async with kafka(tmp_path, 1) as doorway:
        annotate(doorway, a="b")
        set_partition(doorway, 2)

        async def so(*operations: Operation, subresource: str = "") -> bool:
            made = await planned(doorway, patch(doorway, *operations, subresource=subresource))
            return await doorway.through(was_done(session(doorway), made))

        template = stored(doorway)["spec"]["template"]
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
        other = await planned(doorway, patch_set(Intent(KAFKA, "another"), "change it"))
        assert not await doorway.through(was_done(session(doorway), other))


async def planned(doorway: Doorway, request: Request) -> Plan:
    """A plan that asks for nothing else."""
    return replace(await doorway.plan(Reconcile(KAFKA, uid(doorway))), requests=(request,))
