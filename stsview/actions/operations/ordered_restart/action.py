"""Restart chosen pods in a chosen order, one at a time.

Each is available again before the next is removed.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from enum import Enum
from itertools import groupby

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import Replaced
from stsview.actions.intents import OrderedRestart, RemovalMethod
from stsview.actions.operations.ordered_restart import checks as restart_checks
from stsview.actions.operations.ordered_restart.journal import Unfinished, unfinished
from stsview.actions.operations.ordered_restart.sequence import Sequence, has_label, sequence
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, PodStep, Precondition, Request
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl, raw_path
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.model.finding import Danger, Ref
from stsview.model.names import in_order, listed, one_line, short_revision
from stsview.model.related.roles import leading
from stsview.model.rights import When
from stsview.model.settings import ModelSettings
from stsview.model.timing.durations import short
from stsview.objects.kinds import PODS
from stsview.program_name import program_name


class OrderedRestartFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    sequence: Sequence
    access_checks: tuple[Check, ...]
    """Permissions and dry run."""
    begun: Unfinished | None
    """The unfinished restart; None where there is none."""
    settings: ModelSettings


async def gather(session: Session, intent: OrderedRestart, plan_context: PlanContext) -> OrderedRestartFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    begun = unfinished(plan_context.state_folder, intent.set_uid)
    resumes = begun is not None and begun.journal is not None and begun.journal.id == intent.continues
    current = begun.journal.current if resumes and begun is not None and begun.journal is not None else None
    chosen = sequence(fresh, intent, current)
    when = When.EVICTION if intent.means is RemovalMethod.EVICTION else When.DELETION
    access_checks = await rights(session, intent.action, intent.set.namespace, {when})
    first = next((pod_step for pod_step in chosen.pod_steps if not pod_step.gone), None)
    if not session.gate.closed and first is not None:
        access_checks = (*access_checks, await dry_run(session, request(intent, first, dry=True)))
    return OrderedRestartFacts(fresh, chosen, access_checks, begun, plan_context.settings)


def request(intent: OrderedRestart, pod_step: PodStep, *, dry: bool = False) -> Request:
    """The eviction or deletion of that very pod, with its own grace period.

    `dry` is for a dry run, which has `dryRun` in its query too: for an eviction both must be the same
    (pkg/registry/core/pod/storage/eviction.go, propagateDryRun).
    """
    namespace = intent.set.namespace
    about = Ref("Pod", namespace, pod_step.pod, pod_step.uid)
    options = {"preconditions": {"uid": pod_step.uid}, **({"dryRun": ["All"]} if dry else {})}
    if intent.means is RemovalMethod.DELETION:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
        return Request(PODS.path(namespace, pod_step.pod), Message("DELETE", body), about, f"delete {pod_step.pod}")
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod_step.pod, "namespace": namespace},
        "deleteOptions": options,
    }
    return Request(
        PODS.path(namespace, pod_step.pod, "eviction"), Message("POST", eviction), about, f"evict {pod_step.pod}"
    )


def plan(facts: OrderedRestartFacts, intent: OrderedRestart, policy: Policy) -> Plan:
    """Pure."""
    fresh, pod_steps = facts.fresh, facts.sequence.pod_steps
    namespace, name = intent.set
    few = fresh.view.replicas == 1 or bool(_down(facts))
    grave = few or intent.means is RemovalMethod.DELETION or bool(fresh.unread(PODS))
    last = pod_steps[-1] if pod_steps else PodStep(name, 0, "", "")
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"{'Resume restart of' if intent.continues else 'Restart'} {intent.set}, one pod at a time",
        made_at=fresh.at,
        steps=tuple(_steps(fresh, intent, pod_steps)),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            restart_checks.seen(fresh, intent),
            restart_checks.ordinals(fresh, intent, facts.sequence),
            restart_checks.rollout(fresh),
            *facts.access_checks,
            restart_checks.others(fresh, pod_steps),
            restart_checks.quorum(fresh, pod_steps, facts.settings),
            restart_checks.revision(fresh, intent, pod_steps),
            restart_checks.budget(fresh, intent, pod_steps),
            restart_checks.unfinished_restart(intent, facts.begun),
            checks.other_writers(fresh),
        ),
        risks=tuple(_risks(fresh, intent, pod_steps)),
        safer=tuple(_safer(fresh, intent, facts.begun)),
        same_as=_same_as(fresh, intent, pod_steps),
        confirmation=Confirmation(name=name if grave else "", context=policy.protected),
        requests=tuple(request(intent, pod_step) for pod_step in pod_steps if not pod_step.gone),
        goal=Replaced(last.pod, last.uid),
        danger=Danger.DISRUPTIVE,
        ends=tuple(pod_step.pod for pod_step in pod_steps if not pod_step.gone),
        preconditions=tuple(_preconditions(facts)),
        pod_steps=pod_steps,
        details=(f"order: {', '.join(pod_step.pod for pod_step in pod_steps)}",) if len(pod_steps) > 1 else (),
    )


def _steps(fresh: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Iterator[str]:
    verb = "evict" if intent.means is RemovalMethod.EVICTION else "delete"
    removed = 0

    def alike(pod_step: PodStep) -> tuple[bool, _Return, str]:
        """Whether it was removed, and what is said of its replacement."""
        revision = short_revision(pod_step.revision, fresh.view.name) if pod_step.revision else "an unknown revision"
        if not pod_step.gone and has_label(fresh, pod_step.pod, intent.last):
            revision += f"; last because of label {intent.last}"
        return pod_step.gone, _return(fresh, pod_step), revision

    for (gone, back, revision), group in groupby(pod_steps, alike):
        pods = [pod_step.pod for pod_step in group]
        if gone:
            yield f"wait until {listed(pods)}, which was removed earlier, is available on {revision}"
        else:
            removed += len(pods)
            yield f"{verb} {in_order(pods)}, which {back.value[len(pods) > 1]} {revision}"
    if not pod_steps:
        return
    pace = ("one at a time",) if removed > 1 else ()
    others = ("only while all others are available, none terminating",) if fresh.view.replicas > 1 else ()
    if words := ", ".join((*pace, *others)):
        yield words
    yield f"after each pod: {'; '.join(_waits(fresh, intent))}, else stop"


class _Return(Enum):
    """On which revision a pod is recreated, seen from the one that it runs: the verb for one pod, and for several."""

    SAME = ("stays on", "stay on")
    OTHER = ("moves to", "move to")
    UNKNOWN = ("is recreated on", "are recreated on")


def _return(fresh: FreshState, pod_step: PodStep) -> _Return:
    running = next((row.revision for row in fresh.view.ordinals if row.name == pod_step.pod), "")
    if not running or not pod_step.revision:
        return _Return.UNKNOWN
    return _Return.SAME if running == pod_step.revision else _Return.OTHER


def _waits(fresh: FreshState, intent: OrderedRestart) -> Iterator[str]:
    ready = f" for {short(fresh.view.min_ready_seconds)}" if fresh.view.min_ready_seconds else ""
    yield f"the replacement is Ready{ready} on that revision"
    if intent.soak:
        yield f"it remains available for {short(intent.soak)}"
    if intent.command:
        yield f"the command succeeds: {one_line(intent.command)}"


def _risks(fresh: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Iterator[str]:
    if fresh.view.replicas == 1:
        yield risks.ONLY_MEMBER
    leads = leading(fresh.view)
    for pod_step in pod_steps:
        if pod_step.gone or not has_label(fresh, pod_step.pod, leads):
            continue
        role = leads.rpartition("=")[2]
        yield risks.new_leader(pod_step.pod, role)
        if pod_step is not pod_steps[-1]:
            yield f"{pod_step.pod} is not the last one: the member that is elected instead may be restarted as well."
    if intent.command:
        yield "The command runs in a shell on this machine, with your permissions."


def _safer(fresh: FreshState, intent: OrderedRestart, begun: Unfinished | None) -> Iterator[Alternative]:
    if begun is not None and begun.journal is not None and not begun.running and not intent.continues:
        again = shlex.join([*program_name().split(), "restart", str(intent.set), "--continue"])
        yield Alternative(f"resume {begun.words}", again)
    if intent.means is RemovalMethod.DELETION and fresh.view.budget.name:
        yield Alternative(
            f"evict instead: evictions honour PodDisruptionBudget {fresh.view.budget.name}, deletions do not"
        )


def _same_as(fresh: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> str:
    """The same as a shell loop, which ends at the first pod that is not removed.

    kubectl does not wait for the replacement, and has no command that evicts one pod. After an eviction the loop waits
    for another uid: `kubectl wait --for=delete` would wait for the replacement where that exists already, and gives up
    after 30 seconds, when a pod with a longer grace period is still Ready.
    """
    pods = [pod_step.pod for pod_step in pod_steps if not pod_step.gone]
    if not pods:
        return ""
    namespace = intent.set.namespace
    pod = '"$pod"'
    away = f"{kubectl(namespace, 'delete', 'pod')} {pod}"
    if intent.means is RemovalMethod.EVICTION:
        body = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s"}})
        path = PODS.path(namespace, "POD", "eviction").replace("/POD/", f"/{pod}/")
        path = raw_path(path, fresh.below_path)
        uid = f"$({kubectl(namespace, 'get', 'pod')} {pod} --ignore-not-found -o jsonpath={{.metadata.uid}})"
        evict = f"printf {shlex.quote(body)} {pod} | kubectl create --raw {path} -f -"
        away = f'uid={uid}; {evict} && while [ "{uid}" = "$uid" ]; do sleep 2; done'
    back = f"until {kubectl(namespace, 'wait', '--for=condition=Ready')} pod/{pod}; do sleep 2; done"
    seconds = fresh.view.min_ready_seconds + intent.soak
    stays = f" && sleep {seconds:g}" if seconds else ""
    return f"for pod in {shlex.join(pods)}; do {away} && {back}{stays} || break; done"


def _down(facts: OrderedRestartFacts) -> list[str]:
    """Members that are down, other than those that this restart removed."""
    begun = [pod_step.pod for pod_step in facts.sequence.pod_steps if pod_step.gone]
    return [row.name for row in checks.down(facts.fresh, begun)]


def _preconditions(facts: OrderedRestartFacts) -> Iterator[Precondition]:
    fresh, pod_steps, begun = facts.fresh, facts.sequence.pod_steps, facts.begun
    view = fresh.view
    needed = checks.quorum_of(fresh, facts.settings)
    yield Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid)
    yield Precondition("replicas", "replicas", str(view.replicas))
    yield Precondition("first-ordinal", "the first ordinal", str(view.start))
    yield Precondition("min-ready-seconds", "minReadySeconds", str(view.min_ready_seconds))
    yield Precondition("update-revision", "the update revision", view.rollout.update or "none")
    yield Precondition("strategy", "the strategy", f"{view.rollout.strategy}, partition {view.rollout.partition}")
    yield Precondition("order", "the order", ", ".join(pod_step.pod for pod_step in pod_steps) or "none")
    for pod_step in pod_steps:
        yield Precondition(
            f"uid-of-{pod_step.pod}", f"the uid of {pod_step.pod}", f"{pod_step.uid}{', gone' if pod_step.gone else ''}"
        )
        label = f"the revision that {pod_step.pod} comes back on"
        yield Precondition(f"revision-of-{pod_step.pod}", label, pod_step.revision or "unknown")
    yield Precondition("members-down", "members down", ", ".join(_down(facts)) or "none")
    yield Precondition("quorum", "the quorum", "unknown" if needed is None else str(needed))
    yield Precondition("budgets", "budgets", ", ".join(restart_checks.budgets_that_count(fresh, pod_steps)) or "none")
    yield Precondition("unfinished-restart", "the unfinished restart", begun.words if begun is not None else "none")
