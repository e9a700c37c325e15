"""Finish an interrupted recreation, or create the set of pods that live without one.

Where it stands is read from the cluster; the journal only says what was wanted. Without a journal the manifest is
rebuilt from what is left.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.journal_folder import JournalFailed
from stsview.actions.goals import Accepted
from stsview.actions.intents import ResumeRecreate
from stsview.actions.operations.recreate import journal
from stsview.actions.operations.recreate.facts import read_manifest, read_revisions
from stsview.actions.operations.recreate.journal import ClaimMark, Journal, PodMark, Unfinished, stamp
from stsview.actions.operations.recreate.machine import create_and_verify
from stsview.actions.operations.recreate.manifest import canonical, cleaned
from stsview.actions.operations.recreate.rebuild import LAST_APPLIED, CannotRebuild, rebuild
from stsview.actions.operations.recreate.requests import create_request, restore_policy_request
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.model.finding import Danger, Ref
from stsview.model.names import counted, listed, parent_and_ordinal, short_revision
from stsview.model.pods.containers import restarts
from stsview.model.rights import When
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, PODS
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.statefulset import RecordedRevision
from stsview.text.plain_yaml import plain_yaml

_ORPHAN = "orphan"


class Stage(Enum):
    """Where a recreation stands."""

    UNTOUCHED = "untouched"
    """The set of before is there, and is not being deleted."""
    DELETING = "deleting"
    GONE = "gone"
    BACK = "back"
    """Another set has the name."""


class ResumeFacts(msgspec.Struct, frozen=True):
    stage: Stage
    at: datetime
    present: Mapping[str, Any] | None
    """The set that has the name now; None where none has."""
    begun: Unfinished | None
    made: Journal
    """The saved one, or one that is made from what is left."""
    assumptions: tuple[str, ...]
    """What nothing tells of a set whose manifest is rebuilt; empty with a journal."""
    pods: tuple[Pod, ...]
    """Those of the name of the set, in the order of their ordinals."""
    revisions: tuple[RecordedRevision, ...]
    """Those of the set by their name, the newest last."""
    access_checks: tuple[Check, ...]
    path: Path
    """Of the saved manifest."""
    fresh: None = None

    @property
    def key(self) -> Key:
        return self.made.key


async def gather(session: Session, intent: ResumeRecreate, plan_context: PlanContext) -> ResumeFacts:
    """Raises `Refused` where there is nothing to resume, and `ClusterError`."""
    key = intent.set
    present = await _present(session, key)
    pods = await _pods(session, key)
    revisions = await _revisions(session, key)
    uid = (present or {}).get("metadata", {}).get("uid", "")
    begun = journal.unfinished(
        plan_context.state_folder,
        key,
        intent.set_uid or uid,
        [pod.metadata.uid for pod in pods],
        "" if present is not None else session.config.address,
    )
    assumptions: tuple[str, ...] = ()
    if begun is not None:
        made = begun.journal
    elif present is not None:
        raise Refused(f"StatefulSet {key} exists, and no recreation of it is unfinished")
    else:
        made, assumptions = await _rebuilt(session, key, pods, revisions)
    stage = _stage(present, made)
    wanted = made.old if intent.put_back else made.new
    creates, restores = stage in (Stage.GONE, Stage.DELETING), stage is Stage.UNTOUCHED and intent.put_back
    when = {When.RECREATION} if creates else {When.RETENTION} if restores else ()
    allowed = await rights(session, intent.action, key.namespace, when)
    if not session.gate.closed and creates:
        request = create_request(key, wanted, made.uid)
        allowed = (*allowed, await dry_run(session, request, existing=stage is Stage.DELETING))
    return ResumeFacts(
        stage,
        session.server_now(),
        present,
        begun,
        made,
        assumptions,
        tuple(pods),
        tuple(revisions),
        allowed,
        journal.manifest_path(plan_context.state_folder, made.uid),
    )


async def _present(session: Session, key: Key) -> dict[str, Any] | None:
    try:
        return await read_manifest(session, key)
    except NotFound:
        return None


async def _pods(session: Session, key: Key) -> list[Pod]:
    listing = await list_all(session, PODS, key.namespace, lambda *_: None)
    numbered = [
        (parsed[1], pod)
        for pod in listing.objects
        if isinstance(pod, Pod) and (parsed := parent_and_ordinal(pod.metadata.name)) and parsed[0] == key.name
    ]
    return [pod for _, pod in sorted(numbered, key=lambda one: one[0])]


async def _revisions(session: Session, key: Key) -> list[RecordedRevision]:
    """Those whose name is that of the set and their hash."""
    return [
        one
        for one in await read_revisions(session, key.namespace, "")
        if one.metadata.name == f"{key.name}-{one.metadata.labels.get('controller.kubernetes.io/hash')}"
    ]


async def _rebuilt(
    session: Session, key: Key, pods: list[Pod], revisions: list[RecordedRevision]
) -> tuple[Journal, tuple[str, ...]]:
    """Raises `Refused` where too little is left, and `ClusterError`."""
    orphans = [pod for pod in pods if _is_orphan(pod)]
    if not orphans:
        raise Refused(f"StatefulSet {key} does not exist, and no pod of it lives without an owner")
    listing = await list_all(session, CLAIMS, key.namespace, lambda *_: None)
    claims = {one.metadata.name: one for one in listing.objects if isinstance(one, PersistentVolumeClaim)}
    loose = [one for one in revisions if one.metadata.controller is None]
    try:
        found = rebuild(key, orphans, loose, claims)
    except CannotRebuild as error:
        raise Refused(f"cannot tell what StatefulSet {key} was: {error}") from error
    used = {
        volume.persistent_volume_claim.claim_name
        for pod in orphans
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
    }
    made = Journal(
        namespace=key.namespace,
        set=key.name,
        uid=f"of-{orphans[0].metadata.uid}",
        context="",
        server=session.config.address,
        started=stamp(session.server_now()),
        command="recreate",
        changes=(),
        old=found.manifest,
        new=found.manifest,
        revision=loose[-1].metadata.name,
        revisions=tuple(one.metadata.name for one in loose),
        pods=tuple(PodMark(pod.metadata.name, pod.metadata.uid, restarts(pod)) for pod in orphans),
        claims=tuple(ClaimMark(name, claims[name].metadata.uid) for name in sorted(used & claims.keys())),
    )
    return made, found.assumptions


def _is_orphan(pod: Pod) -> bool:
    return pod.metadata.controller is None and pod.metadata.deletion_timestamp is None


def _owner_uid(pod: Pod) -> str:
    return pod.metadata.controller.uid if pod.metadata.controller is not None else ""


def _stage(present: Mapping[str, Any] | None, made: Journal) -> Stage:
    if present is None:
        return Stage.GONE
    metadata = present.get("metadata") or {}
    if metadata.get("uid") != made.uid:
        return Stage.BACK
    return Stage.DELETING if metadata.get("deletionTimestamp") else Stage.UNTOUCHED


def plan(facts: ResumeFacts, intent: ResumeRecreate, policy: Policy) -> Plan:
    """Pure."""
    key, made = facts.key, facts.made
    wanted = made.old if intent.put_back else made.new
    creates = facts.stage in (Stage.GONE, Stage.DELETING)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", key.namespace, key.name, made.uid if facts.begun is not None else ""),
        title=_title(facts, intent),
        made_at=facts.at,
        steps=tuple(_steps(facts, intent, wanted)),
        checks=tuple(_checks(facts, intent, wanted)),
        risks=tuple(_risks(facts)),
        safer=tuple(_safer(facts, intent)),
        same_as=_same_as(facts, wanted),
        confirmation=Confirmation(name=key.name, context=policy.protected),
        requests=tuple(_requests(facts, intent, wanted)),
        goal=Accepted(),
        danger=Danger.DISRUPTIVE if creates else Danger.REVERSIBLE,
        ends=(),
        preconditions=tuple(_preconditions(facts, wanted)),
        details=tuple(_details(facts)) if creates else (),
        manifest=plain_yaml(_without_copies(wanted)) if facts.begun is None else "",
    )


def _title(facts: ResumeFacts, intent: ResumeRecreate) -> str:
    if facts.stage is Stage.UNTOUCHED:
        return f"Forget {facts.begun.words if facts.begun else 'the recreation'} of {facts.key}"
    if facts.stage is Stage.BACK:
        return f"Finish the recreation of {facts.key}"
    if facts.begun is None:
        return f"Create {facts.key} again for its pods, which live without it"
    return f"Create {facts.key} again {'as it was' if intent.put_back else 'with its changes'}"


def _steps(facts: ResumeFacts, intent: ResumeRecreate, wanted: Mapping[str, Any]) -> Iterator[str]:
    made, name = facts.made, facts.key.name
    if facts.stage is Stage.UNTOUCHED:
        if (before := _policy_before(facts)) is not None:
            yield f"set whenDeleted back to {before}"
        yield f"forget the recreation; {name} was not deleted, and nothing else changes"
        return
    if facts.stage is Stage.DELETING:
        yield f"wait until {name} is gone"
    if facts.stage is not Stage.BACK:
        yield f"create {name}: {', '.join(_summary(wanted, made))}"
    yield f"it adopts {counted(len(made.pods), 'pod')} and its revisions; no pod restarts"


def _summary(wanted: Mapping[str, Any], made: Journal) -> Iterator[str]:
    """The manifest in a few words."""
    spec = wanted.get("spec") or {}
    yield counted(spec.get("replicas", 1), "replica")
    if start := (spec.get("ordinals") or {}).get("start"):
        yield f"first ordinal {start}"
    yield f"serviceName {spec.get('serviceName') or 'empty'}"
    yield spec.get("podManagementPolicy", "OrderedReady")
    yield f"pod template of {short_revision(made.revision, made.set)}"
    for template in spec.get("volumeClaimTemplates") or []:
        claim = template.get("spec") or {}
        size = ((claim.get("resources") or {}).get("requests") or {}).get("storage", "no size")
        of = claim.get("storageClassName")
        yield f"PVCs {template['metadata']['name']} of {size}{f' in class {of}' if of else ''}"


def _details(facts: ResumeFacts) -> Iterator[str]:
    yield f"the manifest is {'saved to' if facts.begun is None else 'in'} {facts.path}"


def _without_copies(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest as it is shown: without the copy of itself that `kubectl apply` keeps in it."""
    metadata = dict(wanted.get("metadata") or {})
    kept = (metadata.pop("annotations", None) or {}).items()
    annotations = {name: value for name, value in kept if name != LAST_APPLIED}
    return {**wanted, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


def _checks(facts: ResumeFacts, intent: ResumeRecreate, wanted: Mapping[str, Any]) -> Iterator[Check]:
    key, begun = facts.key, facts.begun
    if begun is not None and begun.running:
        yield Check("unfinished", Result.FAIL, f"another stsview is recreating it: {begun.words}")
    elif begun is not None:
        yield Check("unfinished", Result.PASS, f"resumes {begun.words}")
    match facts.stage:
        case Stage.UNTOUCHED:
            if not intent.put_back:
                words = f"{key} was not deleted: start over, or forget it by --put-back"
                yield Check("stage", Result.FAIL, words)
            elif _policy_before(facts) is not None:
                yield from facts.access_checks
            return
        case Stage.BACK:
            yield Check("stage", Result.PASS, f"{key} is created again")
            return
        case Stage.DELETING:
            finalizers = ((facts.present or {}).get("metadata") or {}).get("finalizers") or []
            # The garbage collector removes the finalizer once it has released them.
            if _ORPHAN not in finalizers and any(_owner_uid(pod) == facts.made.uid for pod in facts.pods):
                yield Check("stage", Result.FAIL, f"{key} is being deleted with its pods")
            else:
                yield Check("stage", Result.PASS, f"{key} is being deleted without its pods")
        case Stage.GONE:
            yield Check("stage", Result.PASS, f"no StatefulSet {key} exists")
    yield from facts.access_checks
    yield from _pod_checks(facts, wanted)
    yield _template(facts, wanted)
    for words in facts.assumptions:
        yield Check("assumed", Result.WARN, f"assumed: {words}")


def _pod_checks(facts: ResumeFacts, wanted: Mapping[str, Any]) -> Iterator[Check]:
    """Whether each pod that it had will be its own again, and no other pod ends."""
    by_name = {pod.metadata.name: pod for pod in facts.pods}
    spec = wanted.get("spec") or {}
    start = (spec.get("ordinals") or {}).get("start", 0)
    expected = {f"{facts.key.name}-{start + index}" for index in range(spec.get("replicas", 1))}
    foreign, beyond, changed = [], [], []
    for name, pod in by_name.items():
        owner = pod.metadata.controller
        if owner is not None and not (facts.stage is Stage.DELETING and owner.uid == facts.made.uid):
            foreign.append(f"{name} belongs to {owner.kind} {owner.name}")
        elif owner is None and name not in expected:
            beyond.append(name)
    for mark in facts.made.pods:
        found = by_name.get(mark.name)
        if found is None:
            changed.append(f"{mark.name} is gone, and is created again")
        elif found.metadata.deletion_timestamp is not None:
            changed.append(f"{mark.name} is terminating, and is created again")
        elif found.metadata.uid != mark.uid:
            changed.append(f"{mark.name} is another pod than before")
    if foreign:
        yield Check("adoption", Result.FAIL, "; ".join(foreign))
    if beyond:
        words = f"{listed(beyond)} would be removed: {spec.get('replicas', 1)} replicas do not include it"
        yield Check("adoption", Result.FAIL, words, overridable=True)
    for words in changed:
        yield Check("pods", Result.WARN, words)
    if not (foreign or beyond or changed):
        yield Check("pods", Result.PASS, f"all {counted(len(facts.made.pods), 'pod')} live and have no other owner")


def _template(facts: ResumeFacts, wanted: Mapping[str, Any]) -> Check:
    """Whether the new set finds its pod template in the newest revision, and all pods at it."""
    template = canonical((wanted.get("spec") or {}).get("template") or {})
    if not facts.revisions:
        words = "no ControllerRevision of it exists: the pods restart"
        return Check("same-template", Result.FAIL, words, overridable=True)
    newest = facts.revisions[-1]
    recorded = canonical({name: value for name, value in newest.template.items() if name != "$patch"})
    if recorded != template:
        words = f"its newest revision {newest.metadata.name} has another pod template: the pods restart"
        return Check("same-template", Result.FAIL, words, overridable=True)
    others = [
        pod.metadata.name
        for pod in facts.pods
        if pod.metadata.labels.get("controller-revision-hash") != newest.metadata.name
    ]
    if others and facts.begun is None:
        verb = "runs" if len(others) == 1 else "run"
        words = f"{listed(others)} {verb} an older revision, and would be restarted"
        return Check("same-template", Result.FAIL, words, overridable=True)
    return Check("same-template", Result.PASS, "pod template as in the newest revision, byte for byte: no pod restarts")


def _risks(facts: ResumeFacts) -> Iterator[str]:
    if facts.assumptions:
        yield "What is assumed below may be wrong: compare the manifest with your own before you confirm."
    if facts.stage in (Stage.GONE, Stage.DELETING):
        yield "Until it is created, no pod that ends is replaced."


def _safer(facts: ResumeFacts, intent: ResumeRecreate) -> Iterator[Alternative]:
    namespace, name = facts.key
    if facts.begun is not None and facts.stage in (Stage.GONE, Stage.DELETING) and not intent.put_back:
        words = stsview(namespace, "recreate", name, "--continue", "--put-back")
        yield Alternative("create it as it was before the change", words)
    if facts.begun is None and facts.stage is Stage.GONE:
        yield Alternative("create it from your own manifest, if you have it")


def _same_as(facts: ResumeFacts, wanted: Mapping[str, Any]) -> str:
    if facts.stage is not Stage.GONE:
        return ""
    text = json.dumps(wanted, separators=(",", ":"))
    return f"printf %s {shlex.quote(text)} | {kubectl(facts.key.namespace, 'create', '-f', '-')}"


def _policy_before(facts: ResumeFacts) -> str | None:
    """The whenDeleted that has to be restored; None where it is as before."""
    was, now = (
        ((one.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}).get("whenDeleted", "Retain")
        for one in (facts.made.old, facts.present or {})
    )
    return str(was) if was != now else None


def _requests(facts: ResumeFacts, intent: ResumeRecreate, wanted: Mapping[str, Any]) -> Iterator[Request]:
    if facts.stage in (Stage.GONE, Stage.DELETING):
        yield create_request(facts.key, dict(wanted), facts.made.uid)
    elif facts.stage is Stage.UNTOUCHED and intent.put_back and (before := _policy_before(facts)) is not None:
        yield restore_policy_request(facts.key, facts.made.uid, before)


def _preconditions(facts: ResumeFacts, wanted: Mapping[str, Any]) -> Iterator[Precondition]:
    yield Precondition("stage", "the state of the recreation", facts.stage.value)
    digest = hashlib.sha256(canonical(wanted).encode()).hexdigest()[:12]
    yield Precondition("manifest", "the digest of the manifest", digest)
    for pod in facts.pods:
        name = pod.metadata.name
        yield Precondition(f"uid-of-{name}", f"the uid of {name}", pod.metadata.uid)


async def execute(execution: Execution, intent: ResumeRecreate) -> None:
    """Raises `ExecutionEnded`."""
    context = PlanContext(execution.settings, execution.state_folder)
    try:
        facts = await gather(execution.session, intent, context)
    except (Refused, ClusterError) as error:
        raise ExecutionEnded(execution.not_sent, str(error)) from error
    try:
        with journal.locked(execution.state_folder, facts.made.uid):
            await _execute(execution, intent, facts)
    except JournalFailed as error:
        raise ExecutionEnded(execution.not_sent, str(error)) from error


async def _execute(execution: Execution, intent: ResumeRecreate, facts: ResumeFacts) -> None:
    made = facts.made
    wanted = made.old if intent.put_back else made.new
    match facts.stage:
        case Stage.UNTOUCHED:
            for request in _requests(facts, intent, wanted):

                async def restored() -> bool:
                    return _policy_before(replace(facts, present=await _present(execution.session, made.key))) is None

                await execution.send(request, restored)
            journal.remove(execution.state_folder, made.uid)
            return
        case Stage.BACK:
            # Whichever of the two was created: that it owns its pods is what is left to see.
            present = cleaned(facts.present or {})
            await create_and_verify(execution, made, present, None)
            return
    execution.raise_if_stopped()
    if facts.begun is None:
        path = journal.write(execution.state_folder, made)
        execution.show_step(f"the manifest is saved to {path}", True)
        execution.note(f"the manifest is saved to {path}")
    await create_and_verify(execution, made, wanted, None)
