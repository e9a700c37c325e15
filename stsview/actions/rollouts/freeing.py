"""The march of what gives a set another template, and of freeing alone: the pods that hold up their own replacement are
deleted, one after the other, and then the rollout is followed to its end.

A pod is deleted for two reasons together: the plan that was confirmed has its uid, and a list that was read just before
shows it as the lowest pod that blocks. Documentation: "StatefulSets", Forced rollback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from stsview.actions import patched
from stsview.actions.errors import Refused
from stsview.actions.goals import RolledOut
from stsview.actions.plan import Plan, Request
from stsview.actions.progress import Outcome
from stsview.actions.rollouts.blocking import blocking, first_down, held_up
from stsview.actions.rollouts.freeing_looks import FollowedRollout, lower_pod, seen, successor
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
        walk.leaves = _leaves(told(plan), [], deletions(plan))
        await walk.reach(seen(goal, plan.intent.set_uid))
        await _free(walk, told(plan))

    return march


async def freeing(walk: Walk) -> None:
    """The march of a plan that changes no template."""
    await _free(walk, "")


async def _free(walk: Walk, told: str) -> None:
    goal, uid = _goal(walk.plan), walk.plan.intent.set_uid
    allowed, freed = deletions(walk.plan), list[str]()
    since: dict[str, float] = {}
    while True:
        walk.leaves = _leaves(told, freed, allowed)
        await walk.between()
        found = await _fresh(walk)
        first = blocking(found)
        if first is not None and first.uid is not None:
            since.setdefault(first.uid, walk.clock.monotonic())
            if not _is_due(walk, first, since[first.uid], first.uid in allowed):
                await _comes_up(walk, first)
                continue
            request = allowed.get(first.uid)
            if request is None:
                unseen = f"{first.name} blocks as well, and the plan did not show it: ask to free anew"
                raise Ended(Outcome.NOT_REACHED, unseen)
            if await _delete(walk, first, request, _leaves(told, freed, {})):
                freed.append(first.name)
                walk.leaves = _leaves(told, freed, allowed)
                walk.leg(found.view.min_ready_seconds)
                await walk.reach(successor(first, goal, uid))
            continue
        lower = first_down(found.view)
        if lower is not None and held_up(found):
            await walk.reach(lower_pod(lower, goal, uid))
        elif found.view.rollout.strategy == Strategy.ON_DELETE.value:
            return
        else:
            # A rollout may have many pods: each has time of its own.
            follow = FollowedRollout(goal, uid, partial(walk.leg, found.view.min_ready_seconds))
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


async def _comes_up(walk: Walk, row: OrdinalView) -> None:
    words = f"wait whether {row.name} comes up by itself"
    walk.show(words, False, row.state.word)
    await walk.wait(LOOK_SECONDS)
    walk.forget(words)


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
    """The pod is not the lowest one that blocks any more, or is not to go just now."""


async def _delete(walk: Walk, row: OrdinalView, request: Request, unknown: str) -> bool:
    """Whether it was deleted: not where a last look shows that it does not block any more, nor while it is paused.

    `unknown`: what it leaves where nobody knows whether it was.
    """

    async def still() -> str:
        first = blocking(await _fresh(walk))
        if first is None or first.uid != row.uid or walk.paused:
            raise _Another
        return ""

    known = walk.leaves

    async def done() -> bool:
        # No answer came: until it is known whether it was deleted, that is said, and nothing else of it.
        walk.leaves = unknown
        going = await _is_going(walk.session, request)
        walk.leaves = known
        return going

    try:
        await walk.send(request, done, still)
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
