"""Restart chosen pods in a chosen order, one at a time: each is back before the next goes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions import checks
from stsview.actions.goals import Replaced
from stsview.actions.ground import Ground
from stsview.actions.intent import Means, RestartInOrder
from stsview.actions.ordered import checks as restart_checks
from stsview.actions.ordered.journal import Unfinished, unfinished
from stsview.actions.ordered.sequence import Sequence, goes_last, sequence
from stsview.actions.plan import Check, Confirmation, Plan, Request, Safer, Turn
from stsview.actions.policy import Policy
from stsview.actions.questions import Right, dry_run, rights
from stsview.actions.survey import Survey, survey
from stsview.actions.words import kubectl
from stsview.cluster.gate import Message
from stsview.cluster.session import Session
from stsview.model.durations import short
from stsview.model.finding import Danger, Ref
from stsview.model.names import one_line, short_revision
from stsview.model.roles import leading
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import PODS


@dataclass(frozen=True, slots=True)
class RestartFacts:
    survey: Survey
    sequence: Sequence
    asked: tuple[Check, ...]
    """Rights and dry run."""
    begun: Unfinished | None
    """What is written down of a restart before."""
    settings: ModelSettings


async def gather(session: Session, intent: RestartInOrder, ground: Ground) -> RestartFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await survey(session, intent.set, ground.settings)
    begun = unfinished(ground.state_folder, intent.set_uid)
    goes_on = begun is not None and begun.journal is not None and begun.journal.id == intent.continues
    current = begun.journal.current if goes_on and begun is not None and begun.journal is not None else None
    asked_for = sequence(found, intent, current)
    namespace = intent.set.namespace
    if intent.means is Means.EVICTION:
        right = Right("create", PODS, namespace, "eviction")
    else:
        right = Right("delete", PODS, namespace)
    asked = await rights(session, [right])
    first = next((turn for turn in asked_for.turns if not turn.gone), None)
    if not session.gate.closed and first is not None:
        asked = (*asked, await dry_run(session, request(intent, first, dry=True)))
    return RestartFacts(found, asked_for, asked, begun, ground.settings)


def request(intent: RestartInOrder, turn: Turn, *, dry: bool = False) -> Request:
    """With the grace period that the pod has, and for no other pod of its name.

    `dry` is for a trial that is sent with `dryRun` in its query too: an eviction wants both to say the same
    (pkg/registry/core/pod/storage/eviction.go, propagateDryRun).
    """
    namespace = intent.set.namespace
    about = Ref("Pod", namespace, turn.pod, turn.uid)
    options = {"preconditions": {"uid": turn.uid}, **({"dryRun": ["All"]} if dry else {})}
    if intent.means is Means.DELETION:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
        return Request(PODS.path(namespace, turn.pod), Message("DELETE", body), about, f"delete {turn.pod}")
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": turn.pod, "namespace": namespace},
        "deleteOptions": options,
    }
    return Request(PODS.path(namespace, turn.pod, "eviction"), Message("POST", eviction), about, f"evict {turn.pod}")


def plan(facts: RestartFacts, intent: RestartInOrder, policy: Policy) -> Plan:
    """Pure."""
    found, turns = facts.survey, facts.sequence.turns
    namespace, name = intent.set
    few = found.view.replicas == 1 or bool(_down(facts))
    grave = few or intent.means is Means.DELETION or bool(found.unread(PODS))
    last = turns[-1] if turns else Turn(name, 0, "", "")
    return Plan(
        action="restart-in-order",
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"{'Go on restarting' if intent.continues else 'Restart'} {intent.set}, one pod at a time",
        made_at=found.at,
        steps=tuple(_steps(found, intent, turns)),
        checks=(
            checks.same_set(found, intent),
            checks.not_deleted(found),
            restart_checks.seen(found, intent),
            restart_checks.ordinals(found, intent, facts.sequence),
            restart_checks.rollout(found),
            *facts.asked,
            restart_checks.others(found, turns),
            restart_checks.quorum(found, turns, facts.settings),
            restart_checks.revision(found, intent, turns),
            restart_checks.budget(found, intent, turns),
            restart_checks.before(intent, facts.begun),
            checks.other_writers(found),
        ),
        risks=tuple(_risks(found, intent, turns)),
        safer=tuple(_safer(found, intent, facts.begun)),
        same_as=_same_as(intent, turns),
        confirmation=Confirmation(name=name if grave else "", context=policy.protected),
        requests=tuple(request(intent, turn) for turn in turns if not turn.gone),
        goal=Replaced(last.pod, last.uid),
        danger=Danger.DISRUPTIVE,
        rests_on=tuple(_rests_on(facts)),
        turns=turns,
    )


def _steps(found: Survey, intent: RestartInOrder, turns: tuple[Turn, ...]) -> Iterator[str]:
    rows = {row.name: row for row in found.view.ordinals}
    verb = "evicted" if intent.means is Means.EVICTION else "deleted"
    for turn in turns:
        back = short_revision(turn.revision, found.view.name) if turn.revision else "a revision that is unknown"
        if turn.gone:
            yield f"{turn.pod} was taken away before: it is waited for until it is back on {back}"
            continue
        as_now = " as now" if rows[turn.pod].revision == turn.revision else ""
        leads = f", last for its label {intent.last}" if goes_last(found, turn.pod, intent.last) else ""
        yield f"{turn.pod} is {verb}, and comes back on {back}{as_now}{leads}"
    if turns:
        if found.view.replicas > 1:
            yield "before each, a fresh list shows every other member available and none ending"
        yield f"after each, {'; '.join(_waits(found, intent))}"
        yield "it stops at the first that does not come back"


def _waits(found: Survey, intent: RestartInOrder) -> Iterator[str]:
    ready = f" for {short(found.view.min_ready_seconds)}" if found.view.min_ready_seconds else ""
    yield f"its successor is Ready{ready} on that revision"
    if intent.soak:
        yield f"it stays available for {short(intent.soak)}"
    if intent.command:
        yield f"the command succeeds here: {one_line(intent.command)}"


def _risks(found: Survey, intent: RestartInOrder, turns: tuple[Turn, ...]) -> Iterator[str]:
    if found.view.replicas == 1:
        yield "It is the only member: the service stops until the new one is Ready."
    leads = leading(found.view)
    for turn in turns:
        if turn.gone or not goes_last(found, turn.pod, leads):
            continue
        role = leads.rpartition("=")[2]
        yield f"{turn.pod} says to be the {role}: the others may have to elect another."
        if turn is not turns[-1]:
            yield f"{turn.pod} does not go last: who is elected then may have to go as well."
    if intent.command:
        yield "The command is run by a shell of this machine, with your rights."


def _safer(found: Survey, intent: RestartInOrder, begun: Unfinished | None) -> Iterator[Safer]:
    if begun is not None and begun.journal is not None and not begun.running and not intent.continues:
        again = shlex.join(["stsview", "restart", str(intent.set), "--continue"])
        yield Safer(f"go on with the one before: {begun.words}", again)
    if intent.means is Means.DELETION and found.view.budget.name:
        yield Safer(f"evict them: that asks the budget {found.view.budget.name} before each, a deletion does not")


def _same_as(intent: RestartInOrder, turns: tuple[Turn, ...]) -> str:
    """kubectl waits for no successor by itself, and has no command that evicts one pod."""
    pods = [turn.pod for turn in turns if not turn.gone]
    if not pods:
        return ""
    namespace = intent.set.namespace
    pod = '"$pod"'
    away = f"{kubectl(namespace, 'delete', 'pod')} {pod}"
    if intent.means is Means.EVICTION:
        body = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s"}})
        path = PODS.path(namespace, "POD", "eviction").replace("/POD/", f"/{pod}/")
        gone = f"{kubectl(namespace, 'wait', '--for=delete')} pod/{pod}"
        away = f"printf {shlex.quote(body)} {pod} | kubectl create --raw {path} -f - && {gone}"
    back = f"until {kubectl(namespace, 'wait', '--for=condition=Ready')} pod/{pod}; do sleep 2; done"
    return f"for pod in {shlex.join(pods)}; do {away}; {back}; done"


def _down(facts: RestartFacts) -> list[str]:
    """Members that are down for another reason than that their turn has begun."""
    begun = [turn.pod for turn in facts.sequence.turns if turn.gone]
    return [row.name for row in checks.down(facts.survey, begun)]


def _rests_on(facts: RestartFacts) -> Iterator[tuple[str, str]]:
    found, turns, begun = facts.survey, facts.sequence.turns, facts.begun
    view = found.view
    needed = checks.quorum_of(found, facts.settings)
    yield "the uid of the set", found.set.metadata.uid
    yield "replicas", str(view.replicas)
    yield "the first ordinal", str(view.start)
    yield "minReadySeconds", str(view.min_ready_seconds)
    yield "the update revision", view.rollout.update or "none"
    yield "the strategy", f"{view.rollout.strategy}, partition {view.rollout.partition}"
    yield "the order", ", ".join(turn.pod for turn in turns) or "none"
    for turn in turns:
        yield f"the uid of {turn.pod}", f"{turn.uid}{', gone' if turn.gone else ''}"
        yield f"the revision that {turn.pod} comes back on", turn.revision or "unknown"
    yield "members down", ", ".join(_down(facts)) or "none"
    yield "the quorum", "unknown" if needed is None else str(needed)
    yield "budgets", ", ".join(restart_checks.budgets_that_count(found, turns)) or "none"
    yield "the restart before", begun.words if begun is not None else "none"
