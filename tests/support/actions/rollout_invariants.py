"""Invariants of rollouts, checked with what the API server returned and stores when a write arrives."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    OrderedRestart,
    PauseRollout,
    Restart,
    ResumeRollout,
    SetIntent,
    Unblock,
    Undo,
)
from stsview.actions.run import Run
from stsview.cluster.http.write_gate import Message
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.resources import CONTROLLER_REVISIONS
from stsview.simulator.apiserver.resources import PODS as STORED_PODS
from stsview.simulator.apiserver.resources import STATEFUL_SETS as STORED_SETS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness
from tests.support.actions import oracle
from tests.support.actions.fault_injection import claims_of
from tests.support.actions.invariants import ACTING, Invariants

FRESH_SECONDS = 6.0
"""How old a list may be on which something is sent; the clock moves by a quarter of a second in each turn of the loop,
and a request takes several."""

CANARY, PAUSED = "stsview.io/canary-partition", "stsview.io/paused-partition"

_POD = re.compile(r"/pods/([^/]+)(?:/eviction)?$")


@dataclass
class Attempt:
    """Something that was sent, or was about to be."""

    method: str
    pod: str
    """Empty where it is the set that is written."""
    uid: str
    """Which it must be, by its precondition; empty for the set."""
    number: int
    """Of the request."""
    done: bool = False
    """Whether the server carried it out."""


@dataclass
class Answer:
    """What the server last told when it was asked for something."""

    attempts: int
    """How many had been made when it was asked for."""
    asked: float
    """When, on the clock for waiting."""
    now: datetime
    body: Any = None
    """None while, and where, no answer came."""


@dataclass
class World:
    """Changes by other clients of the objects that the invariants use."""

    held: str = ""
    """Why nothing more may be sent: it was stopped, or is paused; empty while it may."""
    unwritable: bool = False
    """Whether the audit log could not be written for a while."""
    killed: bool = False
    differed: Counter[str] = field(default_factory=Counter)
    """In what the server had another state when a write arrived than it had told before."""


class RolloutInvariants(Invariants):
    """Also of what is sent for the pods of a set.

    `at_the_server` is called when a write has arrived there (False), and when it was carried out (True), with its
    number.
    """

    def __init__(
        self,
        harness: ActionHarness,
        intent: SetIntent,
        before_request: Callable[[int], None],
        at_the_server: Callable[[int, bool], None] = lambda _, __: None,
    ) -> None:
        super().__init__(harness, intent, "", before_request)
        self.attempts: list[Attempt] = []
        self.world = World()
        self._at_the_server = at_the_server
        self._answers: dict[str, Answer] = {}
        self._shown: dict[str, str] = {}
        """Names of the pods that were there when it was confirmed, by uid."""
        self._arrived = 0
        self._lines_before = len(self._lines())
        self._before: Object = self._stored() or {}
        """The set as it was when it was asked for; then, as it was when a write arrived."""
        self._template = copy.deepcopy(self._before["spec"]["template"])
        self._reached = True, 0
        """Whether pods are replaced, and from which on, when it was confirmed."""
        self._goal = _target(harness, intent, self._before)

    # What is read.

    def watch(self) -> ExitStack:
        stack = super().watch()
        session = self._harness.live.session
        assert session is not None
        get_raw = session.get_raw

        async def reading(path: str, **options: Any) -> bytes:
            if ACTING.get() is not self:
                return await get_raw(path, **options)
            answer = Answer(len(self.attempts), self._harness.rig.clock.monotonic(), self._harness.cluster.now())
            self._answers[path] = answer
            data = await get_raw(path, **options)
            answer.body, answer.now = json.loads(data), self._harness.cluster.now()
            return data

        stack.enter_context(patch.object(session, "get_raw", reading))
        return stack

    def confirmed(self, run: Run) -> None:
        super().confirmed(run)
        listed = self._answers[PODS.path(self._intent.set.namespace)].body or {"items": []}
        self._shown = {pod["metadata"]["uid"]: pod["metadata"]["name"] for pod in listed["items"]}
        stateful = self._answers[STATEFULSETS.path(*self._intent.set)].body or self._before
        self._reached = oracle.rolls(stateful), oracle.partition(stateful)

    def touches(self, uid: str) -> bool:
        return super().touches(uid) or uid in self._shown

    def last_look(self, attempt: Attempt) -> int:
        """The number of the request with which the last look at the set before it begins."""
        path = STATEFULSETS.path(*self._intent.set)
        return max(number for number, asked in enumerate(self.asked[: attempt.number]) if asked == path)

    def _told(self, path: str, what: str) -> Any:
        """The last answer, where it is one on which something may be sent."""
        answer = self._answers.get(path)
        if answer is None or answer.body is None:
            self._holds(False, f"sent without {what}")
            return None
        old = self._harness.rig.clock.monotonic() - answer.asked
        self._holds(answer.attempts == len(self.attempts) and old <= FRESH_SECONDS, f"sent on {what} that is old")
        return answer.body

    # What is sent.

    def _is_allowed(self, path: str, message: Message) -> None:
        super()._is_allowed(path, message)
        self._holds(not self.world.held, f"sent although it was {self.world.held}")
        pod = _POD.search(path)
        if pod is not None:
            self._may_go(pod[1], _precondition(message))
        else:
            self._holds(message.method == "PATCH" and path.endswith(f"/{self._intent.set.name}"), f"sent to {path}")
        uid = _precondition(message) if pod else ""
        self.attempts.append(Attempt(message.method, pod[1] if pod else "", uid, len(self.asked)))

    def _may_go(self, name: str, uid: str) -> None:
        """By what the server told last."""
        namespace = self._intent.set.namespace
        self._holds(self._shown.get(uid) == name, f"{name} {uid} was not there when it was confirmed")
        self._holds(not any(one.uid == uid and one.done for one in self.attempts), f"{name} is taken away twice")
        stateful = self._told(STATEFULSETS.path(namespace, self._intent.set.name), "the set")
        pods = self._told(PODS.path(namespace), "a list of the pods")
        if stateful is None or pods is None:
            return
        self._holds(stateful["metadata"]["uid"] == self._intent.set_uid, "the pods of another set")
        listed = oracle.owned(stateful, pods["items"]).get(name)
        self._holds(listed is not None and listed["metadata"]["uid"] == uid, f"{name} is another by now")
        now = self._answers[PODS.path(namespace)].now
        for why in self._against(stateful, pods["items"], name, now):
            self._holds(False, f"{name} goes although {why}")
        if listed is not None:
            self._keeps_claims(listed)
        if isinstance(self._intent, OrderedRestart):
            one = self._told(PODS.path(namespace, name), f"a look at {name}")
            if one is not None:
                self._holds(one["metadata"]["uid"] == uid and not oracle.ends(one), f"{name} goes already")

    def _keeps_claims(self, pod: Object) -> None:
        """No PVC is known to be deleted with the pod, unless the plan overrides that."""
        claims = self._told(CLAIMS.path(self._intent.set.namespace), "a list of the PVCs")
        if claims is None or self._intent.override:
            return
        doomed = {one["metadata"]["name"] for one in claims["items"] if "deletionTimestamp" in one["metadata"]}
        for claim in doomed.intersection(claims_of(pod)):
            self._holds(False, f"{pod['metadata']['name']} goes although its PVC {claim} is being deleted")

    def _against(self, stateful: Object, pods: list[Object], name: str, now: datetime) -> Iterator[str]:
        if isinstance(self._intent, OrderedRestart):
            yield from oracle.against_taking(stateful, pods, name, now)
            if oracle.update_revision(stateful) != self._intent.seen_revision:
                yield "the template is another"
            return
        yield from oracle.against_freeing(stateful, pods, name)
        if isinstance(self._intent, Unblock) and oracle.update_revision(stateful) != self._intent.seen_revision:
            yield "the template is another"
        if self._goal and stateful["spec"]["template"] != self._goal:
            yield "the template is not the one to go back to"
        plan = self._run.plan if self._run is not None else None
        steps = " ".join(plan.steps) if plan is not None else ""
        deleted = plan.precondition("deleted-pods") if plan is not None else ""
        listed = oracle.owned(stateful, pods).get(name)
        uid = f"{name} (uid {listed['metadata']['uid']})" if listed is not None else ""
        if not uid or uid not in deleted or f"delete {name}" not in steps:
            yield "the plan did not show it"

    # What the server has.

    def _arrives(self, call: ResourceRequest, found: Object | None) -> None:
        stateful = self._stored()
        self._before = stateful or self._before
        name = call.name if call.resource is STORED_PODS else ""
        if name and stateful is not None:
            pods = self._harness.cluster.storage.list(STORED_PODS, call.namespace)
            self.world.differed.update(self._against(stateful, pods, name, self._harness.cluster.now()))
        self._at_the_server(self._arrived, False)

    def _is_done(self, call: ResourceRequest, uid: str) -> None:
        super()._is_done(call, uid)
        self.attempts[-1].done = True
        if call.resource is STORED_SETS:
            reached = oracle.rolls(self._before), oracle.partition(self._before)
            self._holds(reached == self._reached, "patched where it reaches others than was told")
            for wrong in _wrong_patch(self._intent, self._template, self._goal, self._before, self._stored() or {}):
                self._holds(False, wrong)
        self._at_the_server(self._arrived, True)
        self._arrived += 1

    def _stored(self) -> Object | None:
        found = self._harness.cluster.storage.find(STORED_SETS, *self._intent.set)
        return copy.deepcopy(found)

    # What is written down.

    def _lines(self) -> list[dict[str, Any]]:
        """Of the audit log, and of those that were taken away from under it."""
        folder = self._harness.log.path.parent
        files = sorted((one for one in folder.glob("audit.jsonl*") if one.is_file()), key=_age)
        return [json.loads(line) for one in files for line in one.read_text().splitlines()]

    def _moments(self) -> list[str]:
        return [one["moment"] for one in self._lines()[self._lines_before :]]

    def in_the_end(self) -> None:
        lines = self._lines()[self._lines_before :]
        results: list[str] = []
        for number, line in enumerate(lines):
            if line["moment"] == "before":
                after = lines[number + 1] if number + 1 < len(lines) else {}
                results.append(after.get("result", "") if after.get("moment") == "after" else "")
        self._holds(len(results) == len(self.attempts), "written down and not sent")
        for number, (result, attempt) in enumerate(zip(results, self.attempts, strict=False)):
            last = number == len(results) - 1
            lost = self.world.unwritable or (last and self.world.killed)
            self._holds(bool(result) or lost, "nothing was written down of what came of it")
            if result in ("failed", "429", "refused", "found not done"):
                self._holds(not attempt.done, f"done, and written down as {result}")
            self._holds(result != "done" or attempt.done, "not done, and written down as done")
        assert not self.broken, self.broken


def _age(path: Any) -> int:
    """Those that were taken away have a number, the oldest the lowest; the present one has none."""
    number = path.suffix.removeprefix(".")
    return int(number) if number.isdecimal() else 1_000_000


def _precondition(message: Message) -> str:
    body: Any = message.body
    if not isinstance(body, dict):
        return ""
    options = body.get("deleteOptions") or body
    found: str = (options.get("preconditions") or {}).get("uid", "")
    return found


def _target(harness: ActionHarness, intent: SetIntent, stateful: Object) -> Object:
    """The template to go back to; empty where there is none to go back to."""
    revisions = {
        one["metadata"]["name"]: one
        for one in harness.cluster.storage.list(CONTROLLER_REVISIONS, intent.set.namespace)
        if one["metadata"]["name"].startswith(f"{intent.set.name}-")
    }
    numbers = sorted(revisions, key=lambda name: int(revisions[name]["revision"]))
    if isinstance(intent, Undo):
        name = intent.to or (numbers[-2] if len(numbers) > 1 else "")
    elif isinstance(intent, CanaryAbort):
        name = stateful["status"].get("currentRevision", "")
    else:
        return {}
    template: Object = copy.deepcopy(revisions[name]["data"]["spec"]["template"]) if name in revisions else {}
    template.pop("$patch", None)
    return template


def _wrong_patch(intent: SetIntent, seen: Object, goal: Object, before: Object, after: Object) -> Iterator[str]:
    """In what a patch of the set was not what was asked for, by the set just before and after it."""
    spec, was = after["spec"], before["spec"]
    partition, former = oracle.partition(after), oracle.partition(before)
    notes, noted = oracle.notes(after), oracle.notes(before)
    if was["template"] != seen:
        yield "patched over a template that was not shown"
    if oracle.update_revision(before) != getattr(intent, "seen_revision", ""):
        yield "patched at a revision that was not shown"
    same = {**was, "template": None, "updateStrategy": None} == {**spec, "template": None, "updateStrategy": None}
    if not same:
        yield "patched what was not requested"
    if goal and spec["template"] != goal:
        yield "the template is not the one to go back to"
    if isinstance(intent, CanaryStep | PauseRollout | ResumeRollout) and spec["template"] != seen:
        yield "the template was changed"
    if isinstance(intent, Restart | Undo) and partition != former:
        yield "the partition was moved"
    match intent:
        case Restart():
            if _plain(spec["template"]) != _plain(seen) or spec["template"] == seen:
                yield "a restart is an annotation"
        case CanaryStart():
            if spec["replicas"] - partition != intent.pods:
                yield f"a canary of {spec['replicas'] - partition} pods"
            if spec["template"] == seen or notes.get(CANARY) != str(former):
                yield "no canary was begun"
        case CanaryStep():
            reached = min(former, spec["replicas"]) - partition
            if not (partition == int(noted.get(CANARY, "0")) if intent.to_end else reached == 1):
                yield f"{reached} pods more"
        case CanaryAbort():
            if partition != int(noted.get(CANARY, "0")) or CANARY in notes or PAUSED in notes:
                yield "not backed out"
        case PauseRollout():
            if partition <= former or notes.get(PAUSED) != str(former):
                yield "not paused"
        case ResumeRollout():
            if str(partition) != noted.get(PAUSED) or PAUSED in notes:
                yield "not resumed"


def _plain(template: Object) -> Object:
    metadata = {name: value for name, value in template["metadata"].items() if name != "annotations"}
    return {**template, "metadata": metadata}
