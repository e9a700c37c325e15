"""Free a set whose rollout waits for itself: delete the pods that hold up their own replacement, lowest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Unblock
from stsview.actions.operations.rollout import unblock_plan
from stsview.actions.operations.rollout.blocked_pods import blocking, held_up
from stsview.actions.operations.rollout.unblock_executor import PATIENCE_SECONDS, freeing
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed, short_revision
from stsview.model.rollout.blocked import first_unavailable
from stsview.model.rollout.partition import partition_reaches
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS


@dataclass(frozen=True, slots=True)
class UnblockFacts:
    fresh: FreshState
    freed: tuple[OrdinalView, ...]
    """The pods that may be deleted; none where none blocks."""
    asked: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: Unblock, plan_context: PlanContext) -> UnblockFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await read_fresh_state(session, intent.set, plan_context.settings)
    freed = tuple(held_up(found)) if blocking(found) is not None else ()
    asked = await rights(session, [Right("delete", PODS, intent.set.namespace)])
    sent = unblock_plan.requests(intent, freed)
    tried = (await dry_run(session, sent[0]),) if sent and not session.gate.closed else ()
    return UnblockFacts(found, freed, (*asked, *tried), plan_context.settings)


def plan(facts: UnblockFacts, intent: Unblock, policy: Policy) -> Plan:
    """Pure."""
    found, freed = facts.fresh, facts.freed
    namespace, name = intent.set
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Free {intent.set}" + (f": delete {listed([row.name for row in freed])}" if freed else ""),
        made_at=found.at,
        steps=tuple(_steps(found, freed)),
        checks=(
            checks.same_set(found, intent),
            checks.not_deleted(found),
            _seen(found, intent),
            _blocks(found),
            _lasts(found, freed),
            _revision(found),
            *facts.asked,
            checks.members(found, [row.name for row in freed], facts.settings),
            checks.budgets(found),
            checks.other_writers(found),
        ),
        risks=tuple(_risks(found, freed)),
        safer=tuple(_safer(found, intent, freed)),
        same_as=kubectl(namespace, "delete", "pod", freed[0].name) if freed else "",
        confirmation=Confirmation(
            name=name if unblock_plan.grave(found, found, facts.settings) else "", context=policy.protected
        ),
        requests=unblock_plan.requests(intent, freed),
        goal=RolledOut(to=intent.seen_revision),
        danger=Danger.DISRUPTIVE,
        preconditions=unblock_plan.preconditions(found, freed),
    )


execute = freeing


def _steps(found: FreshState, freed: tuple[OrdinalView, ...]) -> Iterator[str]:
    if not freed:
        return
    back = short_revision(found.view.rollout.update, found.view.name)
    yield from unblock_plan.steps(freed, back)
    yield from unblock_plan.moved(found, freed)


def _risks(found: FreshState, freed: tuple[OrdinalView, ...]) -> Iterator[str]:
    if freed:
        back = short_revision(found.view.rollout.update, found.view.name)
        yield f"The update revision {back} has to be the right one: all that is deleted or replaced comes back on it."


def _safer(found: FreshState, intent: Unblock, freed: tuple[OrdinalView, ...]) -> Iterator[Alternative]:
    if not freed:
        return
    namespace, name = intent.set
    if not _has_lasted(found, freed[0]):
        yield Alternative(f"wait: {freed[0].name} may still come up", kubectl(namespace, "get", "pods", "--watch"))
    yield Alternative(
        f"mend what keeps {freed[0].name} from being Ready, where it is not the template",
        kubectl(namespace, "describe", "pod", freed[0].name),
    )
    if _broken_on_update(found):
        yield Alternative("undo instead, which frees as well", stsview(namespace, "undo", name))


def _seen(found: FreshState, intent: Unblock) -> Check:
    update, name = found.view.rollout.update, found.view.name
    saw = short_revision(intent.seen_revision, name)
    if update == intent.seen_revision:
        return Check("seen", Result.PASS, f"it goes to {saw}, as you see it")
    now = short_revision(update, name) or "none"
    return Check("seen", Result.FAIL, f"somebody has changed the template: it goes to {now}; you saw {saw}")


def _blocks(found: FreshState) -> Check:
    """Whether there is anything to free; else what the set waits for instead."""
    if why := found.unread(PODS):
        return Check("blocks", Result.UNKNOWN, f"which pods block is unknown: {why}", required=True)
    first = blocking(found)
    if first is not None:
        runs = short_revision(first.revision, found.view.name)
        return Check("blocks", Result.PASS, f"{first.name} runs {runs}, and blocks its own replacement")
    return Check("blocks", Result.FAIL, f"no pod holds up its own replacement: {_instead(found)}")


def _instead(found: FreshState) -> str:
    view = found.view
    if not view.rollout.observed:
        return "the controller has not seen the set's last change yet"
    if view.rollout.on_delete:
        return "with OnDelete the controller replaces none"
    if view.policy == "Parallel":
        return "in parallel the controller waits for none before it replaces it"
    first = first_unavailable(view)
    if first is not None and first.outdated and not partition_reaches(first, view):
        return f"{first.name} is below the partition {view.rollout.partition}, and would come back as it is"
    wait = view.wait
    if not wait.headline:
        return "it waits for nothing"
    return f"it {wait.headline}" + (f": {wait.detail}" if wait.detail else "")


def _lasts(found: FreshState, freed: tuple[OrdinalView, ...]) -> Check:
    if not freed:
        return Check("lasts", Result.PASS, "no pod is deleted")
    first = freed[0]
    if _has_lasted(found, first):
        return Check("lasts", Result.PASS, f"{first.name} has been {first.state.label} for a minute or longer")
    return Check("lasts", Result.WARN, f"{first.name} has been {first.state.label} for less than a minute")


def _has_lasted(found: FreshState, row: OrdinalView) -> bool:
    since = row.state.since
    return since is not None and (found.at - since).total_seconds() >= PATIENCE_SECONDS


def _revision(found: FreshState) -> Check:
    back = short_revision(found.view.rollout.update, found.view.name)
    if broken := _broken_on_update(found):
        return Check("revision", Result.WARN, f"{listed(broken)} runs the update revision {back}, and is broken too")
    return Check("revision", Result.PASS, f"no pod of the update revision {back} is broken")


def _broken_on_update(found: FreshState) -> list[str]:
    return [
        row.name
        for row in found.view.ordinals
        if row.expected and row.at_update and row.state.health is Health.DEGRADED
    ]
