"""Invariants of every action under any faults, checked at the API server and where writes are sent."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from aiohttp import web

from stsview.actions.intents import ForceDelete, SetIntent
from stsview.actions.run import Run
from stsview.cluster.http.write_gate import Message
from stsview.live.snapshot import Link
from stsview.objects.kinds import CLAIMS, LEASES, PODS
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.resources import CLAIMS as STORED_CLAIMS
from stsview.simulator.apiserver.resources import LEASES as STORED_LEASES
from stsview.simulator.apiserver.resources import PODS as STORED_PODS
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.nodes.node_specs import LEASE_NAMESPACE
from tests.actions.conftest import ActionHarness
from tests.support.actions.fault_injection import claims_of

ACTING: ContextVar[Invariants | None] = ContextVar("acting", default=None)
"""Set in the task that goes through the action service: what the live picture asks for is not counted."""


class Invariants:
    """Looks at all that is sent for one intent. `before_request` is called before each request of it, with its number.

    `node`: of the pod that is meant, when it was meant.
    """

    def __init__(
        self, harness: ActionHarness, intent: SetIntent, node: str, before_request: Callable[[int], None]
    ) -> None:
        self.asked: list[str] = []
        """Paths of all requests, in their order."""
        self.carried_out = 0
        """How many writes the server carried out."""
        self.broken: list[str] = []
        """Violations. An exception at their place would become a response of the server or the action service."""
        self._harness = harness
        self._intent = intent
        self.node = node
        self._before_request = before_request
        self._tried = 0
        self._lived = True
        """Whether the kubelet had renewed its lease within the time for which that holds, at the last look at it."""
        self._run: Run | None = None
        self._claims: list[Object] = []
        """The PVCs as the last list of them showed them."""

    def confirmed(self, run: Run) -> None:
        self._run = run
        self._holds(run.plan.about.uid == self._meant and run.plan.intent == self._intent, "something else is planned")
        for names in ([one.id for one in run.plan.preconditions], [one.label for one in run.plan.preconditions]):
            self._holds(len(set(names)) == len(names), "two preconditions have one name")

    def touches(self, uid: str) -> bool:
        """Whether an object of that uid may be written."""
        return uid == self._meant

    @property
    def _meant(self) -> str:
        return getattr(self._intent, "pod_uid", self._intent.set_uid)

    def watch(self) -> ExitStack:
        """Until the stack is closed."""
        session, routes = self._harness.live.session, self._harness.cluster.server._routes
        assert session is not None
        exchange, write, answer = session._exchange, session.write, routes.answer

        def exchanging(path: str, *rest: Any, **options: Any) -> Any:
            if ACTING.get() is self:
                self._next(path)
            return exchange(path, *rest, **options)

        async def writing(path: str, message: Message, *, query: Any = ()) -> bytes:
            closed = session.gate.closed
            if not query:
                self._is_allowed(path, message)
            answer = await write(path, message, query=query)
            self._holds(not closed, "written in read-only mode")
            return answer

        async def answering(call: ResourceRequest) -> web.StreamResponse:
            if call.info.verb in ("get", "list", "watch") or await _is_trial(call):
                return await answer(call)
            found = self._harness.cluster.storage.find(call.resource, call.namespace, call.name)
            self._arrives(call, found)
            result = await answer(call)
            self._is_done(call, found["metadata"]["uid"] if found is not None else "")
            return result

        stack = ExitStack()
        stack.enter_context(patch.object(session, "_exchange", exchanging))
        stack.enter_context(patch.object(session, "write", writing))
        stack.enter_context(patch.object(routes, "answer", answering))
        return stack

    def _next(self, path: str) -> None:
        self._before_request(len(self.asked))
        self.asked.append(path)
        if path == LEASES.path(LEASE_NAMESPACE, self.node):
            self._lived = self._lives()
        if path == CLAIMS.path(self._intent.set.namespace):
            self._claims = copy.deepcopy(self._harness.cluster.storage.list(STORED_CLAIMS, self._intent.set.namespace))

    def _lives(self) -> bool:
        lease = self._harness.cluster.storage.find(STORED_LEASES, LEASE_NAMESPACE, self.node)
        if lease is None:
            return False
        held = timedelta(seconds=lease["spec"]["leaseDurationSeconds"])
        return self._harness.cluster.now() < instant(lease["spec"]["renewTime"]) + held

    def _is_allowed(self, path: str, message: Message) -> None:
        """What has to be so at the moment when something is sent."""
        self._tried += 1
        self._holds(self._run is not None, "sent without a confirmation")
        self._holds(self._harness.live.snapshot.health.link is Link.LIVE, "sent on a stale picture")
        self._holds(self._moments().count("before") == self._tried, "sent without a record")
        if isinstance(self._intent, ForceDelete) and not self._intent.override:
            self._holds(not self._lived, "forced while the kubelet lives")
        if not self._intent.override:
            for name in self._ending(path):
                self._keeps_data(name)

    def _ending(self, path: str) -> Sequence[str]:
        """The pods that a request ends: the one that it is about, else those of the plan."""
        pods = PODS.path(self._intent.set.namespace)
        if path.startswith(f"{pods}/"):
            return (path.removeprefix(f"{pods}/").partition("/")[0],)
        return self._run.plan.ends if self._run is not None else ()

    def _keeps_data(self, name: str) -> None:
        """No PVC of the pod was known to be lost, or to be deleted with it, when the request was sent."""
        pod = self._harness.cluster.storage.find(STORED_PODS, self._intent.set.namespace, name)
        used = claims_of(pod) if pod is not None else []
        for claim in self._claims:
            if pod is not None and claim["metadata"]["name"] in used and _goes_with(claim, pod):
                self._holds(False, f"{name} goes although PVC {claim['metadata']['name']} would be lost")

    def _arrives(self, call: ResourceRequest, found: Object | None) -> None:
        """A write has reached the server, which has not looked at it yet."""

    def _is_done(self, call: ResourceRequest, uid: str) -> None:
        """The server has carried a write out; `uid` is that of the object as it was before."""
        self.carried_out += 1
        self._holds(self._tried >= self.carried_out, "written past the action service")
        self._holds(self.touches(uid), "another object was touched")

    def _moments(self) -> list[str]:
        return [entry["moment"] for entry in self._harness.written()]

    def _holds(self, invariant: bool, broken: str) -> None:
        if not invariant:
            self.broken.append(broken)

    def in_the_end(self) -> None:
        """Raises AssertionError where an invariant was not kept."""
        moments = self._moments()
        befores = [number for number, moment in enumerate(moments) if moment == "before"]
        self._holds(len(befores) == self._tried, "written down and not sent")
        for number in befores:
            self._holds(moments[number + 1 : number + 2] == ["after"], "nothing was written down of what came of it")
        assert not self.broken, self.broken


async def _is_trial(call: ResourceRequest) -> bool:
    """Whether the server only tries it. Of a DELETE it looks at the body alone, where there is one."""
    if call.info.verb != "delete":
        return "dryRun" in call.http.query
    body = await call.http.read()
    return bool(json.loads(body).get("dryRun")) if body else "dryRun" in call.http.query


def _goes_with(claim: Object, pod: Object) -> bool:
    """Whether the end of the pod loses the claim: in deletion, without its volume, or owned by the pod."""
    owners = claim["metadata"].get("ownerReferences") or []
    owned = any(owner["uid"] == pod["metadata"]["uid"] for owner in owners)
    lost: str = (claim.get("status") or {}).get("phase", "")
    return "deletionTimestamp" in claim["metadata"] or lost == "Lost" or owned
