"""Delete a set without its pods, create it again, and see that it adopts what it had.

For other actions: `gather` reads what a plan needs, `plan_parts` makes its part of the plan, and `recreate` carries it
out. `resume` continues from whatever state the cluster is in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.journal_folder import JournalFailed
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.operations.recreate import checks, journal, texts
from stsview.actions.operations.recreate.adoption import Adoption, judge_adoption
from stsview.actions.operations.recreate.changes import Manifest, Recreation
from stsview.actions.operations.recreate.facts import (
    RecreationFacts,
    gather,
    pods_of,
    read_manifest,
    read_revisions,
)
from stsview.actions.operations.recreate.journal import ClaimMark, Journal, PodMark, stamp
from stsview.actions.operations.recreate.manifest import canonical, cleaned, covers
from stsview.actions.operations.recreate.requests import create_request, delete_request, retain_request
from stsview.actions.plan import Check, Precondition, Request
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.progress import Outcome
from stsview.actions.requests.changed_meanwhile import being_deleted, no_longer_exists, recreated
from stsview.cluster.errors import ApiError, ClusterError, Forbidden, NotFound, Rejected
from stsview.cluster.watch.list_pager import list_all
from stsview.model.names import listed
from stsview.model.pods.containers import restarts
from stsview.objects.kinds import CLAIMS, PODS
from stsview.objects.pod import Pod

__all__ = ["Recreation", "RecreationFacts", "gather", "plan_parts", "recreate"]

WINDOW_SECONDS = 900.0
"""How long a set that was deleted is waited for to go, and its creation tried, before stsview gives up."""

_LOOK_SECONDS = 0.1
"""Between two looks at a set that is about to go: the window without a controller is mostly this."""

_MOST_LOOK_SECONDS = 1.0


class PlanParts(msgspec.Struct, frozen=True):
    """What a recreation adds to the plan of an action."""

    steps: tuple[str, ...]
    details: tuple[str, ...]
    checks: tuple[Check, ...]
    risks: tuple[str, ...]
    preconditions: tuple[Precondition, ...]
    requests: tuple[Request, ...]
    same_as: str


def plan_parts(facts: RecreationFacts) -> PlanParts:
    """Pure."""
    return PlanParts(
        steps=tuple(texts.steps(facts)),
        details=tuple(texts.details(facts)),
        checks=tuple(_checks(facts)),
        risks=tuple(texts.risks(facts)),
        preconditions=tuple(_preconditions(facts)),
        requests=tuple(_requests(facts)),
        same_as="" if facts.fault else texts.same_as(facts),
    )


def _checks(facts: RecreationFacts) -> Iterator[Check]:
    yield from checks.changes(facts)
    yield from facts.value_checks
    yield from facts.access_checks
    yield checks.template(facts)
    yield checks.rollout(facts)
    yield checks.terminating(facts)
    yield checks.available(facts)
    yield checks.adoption(facts)
    yield checks.retention(facts)
    yield checks.claims(facts)
    yield checks.budgets(facts)
    yield from checks.writers(facts)
    yield from checks.finalizers(facts)
    yield checks.unfinished(facts)


def _requests(facts: RecreationFacts) -> Iterator[Request]:
    key, uid = facts.key, facts.recreation.set_uid
    if facts.detaches:
        yield retain_request(key, uid)
    yield delete_request(key, uid)
    yield create_request(key, facts.new, uid)


def _preconditions(facts: RecreationFacts) -> Iterator[Precondition]:
    fresh = facts.fresh
    yield Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid)
    yield Precondition("generation", "the generation of the set", str(fresh.set.metadata.generation))
    yield Precondition("replicas", "replicas", str(fresh.view.replicas))
    yield Precondition("update-revision", "the update revision", fresh.set.status.update_revision or "none")
    yield Precondition("when-deleted", "whenDeleted", fresh.view.when_deleted)
    for pod in facts.pods:
        name = pod.metadata.name
        yield Precondition(f"uid-of-{name}", f"the uid of {name}", pod.metadata.uid)


async def recreate(execution: Execution, recreation: Recreation, same_pods: Mapping[str, str] | None = None) -> None:
    """Carry out a confirmed plan, after all its checks were made again. Raises `ExecutionEnded`.

    `same_pods`: the uids that the pods must still have, by name; None where the action itself replaced some.
    """
    try:
        with journal.locked(execution.state_folder, recreation.set_uid):
            await _Machine(execution, recreation, same_pods).run()
    except JournalFailed as error:
        raise ExecutionEnded(execution.not_sent, f"{error}; the set was not deleted") from error


class _Machine:
    def __init__(self, execution: Execution, recreation: Recreation, same_pods: Mapping[str, str] | None) -> None:
        self._execution = execution
        self._recreation = recreation
        self._same_pods = same_pods
        self._key = recreation.set

    async def run(self) -> None:
        """Raises `ExecutionEnded`, and `JournalFailed` where nothing was sent."""
        execution = self._execution
        facts = await self._check_again()
        made = self._journal_of(facts)
        path = journal.write(execution.state_folder, made)
        execution.show_step(f"the manifest is saved to {path}", True)
        execution.note(f"the manifest is saved to {path}")
        try:
            await self._before_deletion(made, facts.fresh)
            began = await self._delete(made)
        except ExecutionEnded:
            await self._forget_if_untouched(made)
            raise
        await create_and_verify(execution, made, made.new, began)

    # Before the set is deleted: a stop leaves it as it is.

    async def _check_again(self) -> RecreationFacts:
        """The facts as they are now: time may have passed since the confirmation."""
        execution = self._execution
        try:
            facts = await gather(
                execution.session, self._recreation, PlanContext(execution.settings, execution.state_folder)
            )
        except (Refused, ClusterError) as error:
            raise ExecutionEnded(execution.not_sent, str(error)) from error
        overridden = bool(execution.plan.override)
        # The lock is held by this process.
        made = [check for check in _checks(replace(facts, begun=None)) if check.refuses]
        why = [check.words for check in made if not (overridden and check.overridable)]
        if self._same_pods is not None:
            why += _replaced(self._same_pods, facts.pods)
        if why:
            raise ExecutionEnded(execution.not_sent, f"{'; '.join(why)}; the set was not deleted")
        return facts

    async def _read(self) -> tuple[FreshState, dict[str, Any]]:
        execution = self._execution
        try:
            raw = await read_manifest(execution.session, self._key)
            fresh = await execution.read_fresh_state()
        except (Refused, NotFound) as error:
            raise ExecutionEnded(execution.not_sent, no_longer_exists(f"StatefulSet {self._key}")) from error
        except ClusterError as error:
            raise ExecutionEnded(execution.not_sent, f"cannot read the set: {error}") from error
        if fresh.set.metadata.uid != self._recreation.set_uid:
            raise ExecutionEnded(execution.not_sent, recreated(str(self._key)))
        if fresh.set.metadata.deletion_timestamp is not None:
            raise ExecutionEnded(execution.not_sent, being_deleted(str(self._key)))
        return fresh, raw

    def _journal_of(self, facts: RecreationFacts) -> Journal:
        execution, recreation = self._execution, self._recreation
        return Journal(
            namespace=self._key.namespace,
            set=self._key.name,
            uid=recreation.set_uid,
            context=execution.context,
            server=execution.session.config.address,
            started=stamp(execution.now()),
            command=recreation.command,
            changes=tuple(one.option for one in recreation.changes),
            old=facts.old,
            new=facts.new,
            revision=facts.fresh.set.status.update_revision,
            revisions=tuple(one.metadata.name for one in facts.revisions),
            pods=tuple(PodMark(one.metadata.name, one.metadata.uid, restarts(one)) for one in facts.pods),
            claims=tuple(ClaimMark(one.metadata.name, one.metadata.uid) for one in facts.claims),
        )

    async def _before_deletion(self, made: Journal, fresh: FreshState) -> None:
        """Keep the claims, whatever the retention policy."""
        execution, uid = self._execution, made.uid
        when_deleted = fresh.set.spec.persistent_volume_claim_retention_policy.when_deleted
        words = "no PVC belongs to the set"
        owned = owned_claims(fresh, uid)
        if when_deleted == "Retain" and not owned:
            return
        if when_deleted != "Retain":
            execution.residual_state = f"whenDeleted may be Retain instead of {when_deleted}; the set was not deleted"
            await execution.send(retain_request(self._key, uid), self._retains)
        while owned:
            execution.show_step(words, False, f"{listed(owned)} still {'has' if len(owned) == 1 else 'have'} an owner")
            await execution.wait(READ_AGAIN_SECONDS)
            fresh, _ = await self._read()
            owned = owned_claims(fresh, uid)
        execution.show_step(words, True)

    async def _retains(self) -> bool:
        """Whether a lost answer set whenDeleted to Retain. Raises `ClusterError`."""
        raw = await read_manifest(self._execution.session, self._key)
        policy = (raw.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
        return bool(policy.get("whenDeleted") == "Retain")

    async def _delete(self, made: Journal) -> float:
        """Delete the set, and return when that was begun, in seconds of the clock.

        The resourceVersion is that of a set whose spec, labels and annotations are the saved ones: no change of
        another client is lost.
        """
        execution = self._execution
        await execution.checkpoint()
        fresh, raw = await self._read()
        if why := _differs(made, cleaned(raw)) or _other_pods(made, pods_of(fresh)):
            raise ExecutionEnded(execution.not_sent, f"{why}; the set was not deleted")
        request = delete_request(self._key, made.uid, raw["metadata"]["resourceVersion"])
        began = execution.clock.monotonic()
        try:
            await execution.send(request, partial(self._is_deleted, made.uid))
        except ExecutionEnded as end:
            # The answer may be lost, and the set gone: only the cluster tells.
            if not await self._may_be_deleted(made):
                raise
            execution.note(f"the deletion was begun: {end}")
        return began

    async def _may_be_deleted(self, made: Journal) -> bool:
        try:
            return await self._is_deleted(made.uid)
        except ClusterError:
            self._execution.residual_state = f"unknown whether the set was deleted; if so, {_away(made)}"
            return False

    async def _is_deleted(self, uid: str) -> bool:
        """Whether its deletion was accepted. Raises `ClusterError`."""
        try:
            raw = await read_manifest(self._execution.session, self._key)
        except NotFound:
            return True
        metadata = raw.get("metadata") or {}
        return metadata.get("uid") != uid or metadata.get("deletionTimestamp") is not None

    async def _forget_if_untouched(self, made: Journal) -> None:
        """Remove the journal where the set is as it was: there is nothing to resume."""
        try:
            raw = await read_manifest(self._execution.session, self._key)
            metadata = raw.get("metadata") or {}
            stays = metadata.get("uid") == made.uid and metadata.get("deletionTimestamp") is None
            if stays and not _differs(made, cleaned(raw), policy=True):
                journal.remove(self._execution.state_folder, made.uid)
        except (ClusterError, JournalFailed) as error:
            self._execution.note(str(error))


def _replaced(before: Mapping[str, str], present: list[Pod]) -> list[str]:
    """Which pods are not those that were shown, one sentence each."""
    now = {pod.metadata.name: pod.metadata.uid for pod in present}
    return [f"{name} was replaced meanwhile" for name in sorted({**before, **now}) if before.get(name) != now.get(name)]


def owned_claims(fresh: FreshState, uid: str) -> list[str]:
    """Names of the claims that name the set as their owner."""
    claims = fresh.objects.claims
    return [
        name for name in sorted(claims) if any(owner.uid == uid for owner in claims[name].metadata.owner_references)
    ]


def _differs(made: Journal, present: Manifest, *, policy: bool = False) -> str:
    """Whether the set differs from the saved manifest; whenDeleted counts only with `policy`."""
    saved, now = made.old, present
    if not policy:
        saved, now = _without_policy(saved), _without_policy(now)
    return "" if canonical(saved) == canonical(now) else "the set was changed meanwhile"


def _without_policy(manifest: Manifest) -> Manifest:
    spec = dict(manifest.get("spec") or {})
    policy = dict(spec.get("persistentVolumeClaimRetentionPolicy") or {})
    policy.pop("whenDeleted", None)
    spec["persistentVolumeClaimRetentionPolicy"] = policy
    return {**manifest, "spec": spec}


def _other_pods(made: Journal, present: list[Pod]) -> str:
    """Why its pods are not those that were saved; empty where they are."""
    now = {pod.metadata.name: pod for pod in present}
    for mark in made.pods:
        pod = now.get(mark.name)
        if pod is None or pod.metadata.uid != mark.uid:
            return f"{mark.name} was replaced meanwhile"
        if pod.metadata.deletion_timestamp is not None:
            return f"{mark.name} is terminating"
    if more := sorted(now.keys() - {mark.name for mark in made.pods}):
        return f"{listed(more)} {'was' if len(more) == 1 else 'were'} created meanwhile"
    return ""


def _away(made: Journal) -> str:
    """What a set leaves that may be gone."""
    recreation = Recreation(made.key, made.uid, (), made.command)
    return f"{made.key} is gone and its pods live: {texts.resume_command(recreation)} creates it"


async def create_and_verify(execution: Execution, made: Journal, wanted: Manifest, began: float | None) -> None:
    """From a set that is gone, or about to go, to one that owns its pods.

    Neither a stop nor data that is not live ends it before the set is back. `began`: when its deletion was, in seconds
    of the clock; None where another process deleted it. Raises `ExecutionEnded`.
    """
    await _Creation(execution, made, wanted, began).run()


class _Creation:
    def __init__(self, execution: Execution, made: Journal, wanted: Manifest, began: float | None) -> None:
        self._execution = execution
        self._made = made
        self._wanted = wanted
        self._began = began
        self._until = execution.clock.monotonic() + WINDOW_SECONDS
        self._failure = ""
        """Why it is not the wanted set that was created; empty where it is."""

    async def run(self) -> None:
        execution, made = self._execution, self._made
        execution.residual_state = _away(made)
        execution.must_finish = True
        present = await self._wait_until_gone()
        if present is None:
            await self._wait_for_orphans()
            await self._create()
        elif not covers(present.get("spec"), self._wanted.get("spec")):
            self._failure = f"another client created {made.key} meanwhile, with other fields"
        execution.must_finish = False
        self._show_window()
        execution.residual_state = f"{made.key} is created again; not verified that it owns all its pods"
        execution.extend_deadline()
        adoption = await self._wait_for_adoption()
        try:
            journal.remove(execution.state_folder, made.uid)
        except JournalFailed as error:
            execution.note(str(error))
        execution.residual_state = ""
        if why := "; ".join(part for part in (self._failure, *adoption.differences) if part):
            raise ExecutionEnded(Outcome.NOT_REACHED, why)

    async def _wait_until_gone(self) -> dict[str, Any] | None:
        """Wait for the garbage collector.

        Returns the set that another client created meanwhile; None where none was.
        """
        execution, made = self._execution, self._made
        words, pause = f"{made.key} is gone", _LOOK_SECONDS
        while True:
            try:
                found = await read_manifest(execution.session, made.key)
            except NotFound:
                execution.show_step(words, True)
                return None
            except ClusterError as error:
                await self._pause(words, str(error), pause)
            else:
                if (found.get("metadata") or {}).get("uid") != made.uid:
                    execution.show_step(words, True)
                    return found
                await self._pause(words, "the garbage collector releases its pods", pause)
            pause = min(2 * pause, _MOST_LOOK_SECONDS)

    async def _wait_for_orphans(self) -> None:
        """Wait until no pod names the former set as its owner: the new one adopts no other."""
        words, pause = "its pods have no owner", _LOOK_SECONDS
        while True:
            try:
                owned = [pod.metadata.name for pod in await self._pods() if _owner(pod) == self._made.uid]
            except Forbidden:
                return
            except ClusterError as error:
                await self._pause(words, str(error), pause)
            else:
                if not owned:
                    self._execution.show_step(words, True)
                    return
                await self._pause(words, f"{listed(owned)} still {'has' if len(owned) == 1 else 'have'} one", pause)
            pause = min(2 * pause, _MOST_LOOK_SECONDS)

    async def _pause(self, words: str, detail: str, seconds: float) -> None:
        """Wait a moment, whether or not it was stopped."""
        self._execution.show_step(words, False, detail)
        if self._execution.clock.monotonic() > self._until:
            raise ExecutionEnded(Outcome.TIMED_OUT, f"{words}: {detail}")
        await self._execution.clock.sleep(seconds)

    async def _pods(self) -> list[Pod]:
        """The pods that it had, as far as they exist. Raises `ClusterError`."""
        names = {mark.name for mark in self._made.pods}
        listing = await list_all(self._execution.session, PODS, self._made.namespace, lambda *_: None)
        return [pod for pod in listing.objects if isinstance(pod, Pod) and pod.metadata.name in names]

    async def _create(self) -> None:
        """Create the wanted set; where the server rejects that, the old one."""
        made = self._made
        request = create_request(made.key, self._wanted, made.uid)
        try:
            await self._send(request, self._wanted)
        except ApiError as error:
            if await self._created_by_another(error):
                return
            why = error.server_message or str(error)
            self._failure = f"the API server rejected the new {made.key}: {why}"
            if canonical(self._wanted) == canonical(made.old):
                raise ExecutionEnded(Outcome.NOT_REACHED, self._failure) from error
            await self._put_back()

    async def _put_back(self) -> None:
        made = self._made
        request = create_request(made.key, made.old, made.uid, f"create {made.key} as it was")
        try:
            await self._send(request, made.old)
        except ApiError as error:
            if await self._created_by_another(error):
                return
            why = error.server_message or str(error)
            raise ExecutionEnded(Outcome.NOT_REACHED, f"{self._failure}; nor the old one: {why}") from error
        self._failure += "; it was created as it was before"

    async def _send(self, request: Request, wanted: Manifest) -> None:
        left = max(1.0, self._until - self._execution.clock.monotonic())
        await self._execution.send_persistently(request, partial(self._is_there, wanted), left)

    async def _is_there(self, wanted: Manifest) -> bool:
        """Whether a lost answer created it. Raises `ClusterError`."""
        try:
            found = await read_manifest(self._execution.session, self._made.key)
        except NotFound:
            return False
        return (found.get("metadata") or {}).get("uid") != self._made.uid and covers(
            found.get("spec"), wanted.get("spec")
        )

    async def _created_by_another(self, error: ApiError) -> bool:
        """Whether the name is taken: by an earlier try of this request, or by another client."""
        if not (isinstance(error, Rejected) and (error.status, error.reason) == (409, "AlreadyExists")):
            return False
        try:
            mine = await self._is_there(self._wanted)
        except ClusterError:
            mine = False
        if not mine:
            self._failure = f"another client created {self._made.key} meanwhile, with other fields"
        return True

    def _show_window(self) -> None:
        if self._began is not None:
            seconds = self._execution.clock.monotonic() - self._began
            words = f"{self._made.key} was without a controller for {seconds:.1f} s"
            self._execution.show_step(words, True)
            self._execution.note(words)

    async def _wait_for_adoption(self) -> Adoption:
        """Wait until the new set owns every pod and revision that still exists."""
        execution, words = self._execution, "the set owns its pods and revisions"
        while True:
            try:
                adoption = await self._adoption()
            except ClusterError as error:
                execution.show_step(words, False, f"cannot read them: {error}")
            else:
                if adoption.hopeless:
                    # The set is back, so that there is nothing to resume.
                    execution.show_step(words, False, adoption.hopeless)
                    return replace(adoption, differences=(adoption.hopeless, *adoption.differences))
                if not adoption.waiting:
                    execution.show_step(words, True)
                    return adoption
                execution.show_step(words, False, adoption.waiting)
            await execution.wait(READ_AGAIN_SECONDS / 4)

    async def _adoption(self) -> Adoption:
        """Raises `ClusterError`."""
        session, made = self._execution.session, self._made
        raw = await read_manifest(session, made.key)
        revisions = await read_revisions(session, made.namespace, "")
        claims = await list_all(session, CLAIMS, made.namespace, lambda *_: None)
        return judge_adoption(made, raw, await self._pods(), revisions, claims.objects)


def _owner(pod: Pod) -> str:
    return pod.metadata.controller.uid if pod.metadata.controller is not None else ""
