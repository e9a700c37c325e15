"""The march of what gives a set another template, and of freeing alone: the pods that hold up their own replacement are
deleted, one after the other, and then the rollout is followed to its end.

A pod is deleted for two reasons together: the plan that was confirmed has its uid, and a list that was read just before
shows it as the lowest pod that blocks. Documentation: "StatefulSets", Forced rollback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from stsview.actions import patched
from stsview.actions.blocking import blocking, first_down, held_up
from stsview.actions.errors import Refused
from stsview.actions.freeing_looks import lower_pod, rollout, seen, successor
from stsview.actions.goals import RolledOut
from stsview.actions.plan import Plan, Request
from stsview.actions.progress import Outcome
from stsview.actions.survey import Survey
from stsview.actions.walk import LOOK_SECONDS, Ended, Walk
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.session import Session
from stsview.model.names import listed, short_revision
from stsview.model.views import OrdinalView, Strategy, Tone
from stsview.objects.kinds import PODS

PATIENCE_SECONDS = 60.0
"""How long a pod that is not broken, or that the plan did not show, is left the time to come up by itself."""

_READ = "read the set and its pods anew"


def deletions(plan: Plan) -> dict[str, Request]:
    """The deletions that a plan may send, by the uid of their pods: no other pod is deleted."""
    return {one.about.uid: one for one in plan.requests if one.message.method == "DELETE"}


def changing(told: Callable[[Plan], str]) -> Callable[[Walk], Awaitable[None]]:
    """The march of a plan whose first request changes the template. `told`: what is so once that was done, in words."""

    async def march(walk: Walk) -> None:
        plan = walk.plan
        patch, goal = plan.requests[0], _goal(plan)
        alone = replace(plan, requests=(patch,))
        await walk.send(patch, lambda: patched.done(walk.session, alone))
        walk.leaves = told(plan)
        await walk.reach(seen(goal, plan.intent.set_uid))
        await _free(walk, told(plan))

    return march


async def freeing(walk: Walk) -> None:
    """The march of a plan that changes no template."""
    await _free(walk, "")


async def _free(walk: Walk, told: str) -> None:
    allowed, freed = deletions(walk.plan), list[str]()
    since: dict[str, float] = {}
    while True:
        walk.leaves = _leaves(told, freed, allowed)
        await walk.between()
        found = await _fresh(walk)
        first, waiting = blocking(found), held_up(found)
        if first is not None:
            since.setdefault(first.uid or "", walk.clock.monotonic())
            if not _is_due(walk, first, since[first.uid or ""], first.uid in allowed):
                walk.show(_comes_up(first), False, first.state.word)
                await walk.wait(LOOK_SECONDS)
                continue
            walk.forget(_comes_up(first))
            request = allowed.get(first.uid or "")
            if request is None:
                raise Ended(
                    Outcome.NOT_REACHED, f"{first.name} blocks as well, and the plan did not show it: ask to free anew"
                )
            if await _delete(walk, first, request, _leaves(told, freed, {})):
                freed.append(first.name)
                walk.leaves = _leaves(told, freed, allowed)
                walk.leg()
                await walk.reach(successor(first, _goal(walk.plan), walk.plan.intent.set_uid))
            continue
        lower = first_down(found.view)
        if waiting and lower is not None:
            await walk.reach(lower_pod(lower, _goal(walk.plan), walk.plan.intent.set_uid))
        elif found.view.rollout.strategy == Strategy.ON_DELETE.value:
            return
        else:
            follow = rollout(_goal(walk.plan), walk.plan.intent.set_uid)
            await walk.reach(follow.look)
            if follow.through:
                return
        # The live picture and the list are not of one moment: what one shows, the other may not yet.
        await walk.wait(LOOK_SECONDS)


def _goal(plan: Plan) -> RolledOut:
    if not isinstance(plan.goal, RolledOut):
        raise TypeError(f"a plan of {plan.action} is followed to another goal")
    return plan.goal


def _leaves(told: str, freed: list[str], allowed: dict[str, Request]) -> str:
    """Only what was done here, or was not: the set itself goes on meanwhile."""
    left = [one.about.name for one in allowed.values() if one.about.name not in freed]
    parts = [
        told,
        f"{listed(freed)} {'was' if len(freed) == 1 else 'were'} deleted" if freed else "",
        f"{listed(left)} {'was' if len(left) == 1 else 'were'} not deleted" if left else "",
    ]
    return "; ".join(part for part in parts if part)


def _comes_up(row: OrdinalView) -> str:
    return f"wait whether {row.name} comes up by itself"


def _is_due(walk: Walk, row: OrdinalView, seen_at: float, shown: bool) -> bool:
    """Whether it has had its time. What is broken, and was shown, has."""
    if shown and row.state.tone is Tone.BROKEN:
        return True
    lasted = walk.clock.monotonic() - seen_at
    if shown and row.state.since is not None:
        lasted = max(lasted, (walk.now() - row.state.since).total_seconds())
    return lasted >= PATIENCE_SECONDS


async def _fresh(walk: Walk) -> Survey:
    """A list on which a decision may rest: of this very set, at the revision that it is to go to. Waits for one that
    can be had, and raises `Ended` where it is another set or revision by now."""
    goal, uid = _goal(walk.plan), walk.plan.intent.set_uid
    while True:
        try:
            found = await walk.look()
        except Refused as error:
            raise Ended(Outcome.NOT_REACHED, str(error)) from error
        except ClusterError as error:
            why = str(error)
        else:
            view, moved = found.view, found.view.rollout
            if found.set.metadata.uid != uid:
                raise Ended(Outcome.NOT_REACHED, "another set has its name now")
            if found.set.metadata.deletion_timestamp is not None:
                raise Ended(Outcome.NOT_REACHED, "the set is being deleted")
            if moved.observed and goal.to != moved.update:
                other = short_revision(moved.update, view.name)
                raise Ended(Outcome.NOT_REACHED, f"somebody has changed the template meanwhile: it goes to {other} now")
            if goal.partition not in (None, moved.partition):
                raise Ended(Outcome.NOT_REACHED, f"somebody has set the partition to {moved.partition} meanwhile")
            why = found.unread(PODS) or ("" if moved.observed else "the controller has not seen its last change yet")
            if not why:
                walk.forget(_READ)
                return found
        walk.show(_READ, False, why)
        await walk.wait(LOOK_SECONDS)


class _Another(Exception):
    """The pod is not the lowest one that blocks any more."""


async def _delete(walk: Walk, row: OrdinalView, request: Request, leaves: str) -> bool:
    """Whether it was deleted: not where a last look shows that it does not block any more."""

    async def still() -> str:
        first = blocking(await _fresh(walk))
        if first is None or first.uid != row.uid:
            raise _Another
        # Whether it was deleted may be unknown from here on; then that is said, and nothing else of it.
        walk.leaves = leaves
        return ""

    try:
        await walk.send(request, lambda: _is_going(walk.session, request), still)
    except _Another:
        walk.forget(request.words)
        return False
    return True


async def _is_going(session: Session, request: Request) -> bool:
    """Raises `ClusterError`."""
    about = request.about
    try:
        pod = await session.get(PODS, about.namespace, about.name)
    except NotFound:
        return True
    return pod.metadata.uid != about.uid or pod.metadata.deletion_timestamp is not None
