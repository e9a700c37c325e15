"""Grow the claims of a set, and its claim template."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

from stsview.actions.goals import Accepted
from stsview.actions.intents import Grow
from stsview.actions.operations.grow import checks as grow_checks
from stsview.actions.operations.grow.facts import GrowFacts, gather
from stsview.actions.operations.grow.requests import expansion
from stsview.actions.operations.recreate.machine import plan_parts
from stsview.actions.plan import Alternative, ClaimStep, Confirmation, Deed, Plan, Precondition
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.requests.command_line import kubectl
from stsview.model.finding import Danger, Ref
from stsview.model.names import in_order, listed
from stsview.model.ordinals.ordinal_lists import written
from stsview.objects.quantity import format_bytes, parse_bytes
from stsview.program_name import program_name

__all__ = ["gather", "plan"]


def plan(facts: GrowFacts, intent: Grow, policy: Policy) -> Plan:
    """Pure."""
    fresh, steps = facts.fresh, facts.steps
    namespace, name = intent.set
    typed = facts.restart.confirmation.name if facts.restart is not None else ""
    then = plan_parts(facts.recreation) if facts.recreation is not None else None
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"{'Resume growing' if intent.continues else 'Grow'} the storage of {intent.set} to {intent.size}",
        made_at=fresh.at,
        steps=(*_steps(facts, intent), *(then.steps if then is not None else ())),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            *grow_checks.claims(facts, intent),
            *grow_checks.unknown(facts),
            *facts.access_checks,
            *grow_checks.restarts(facts),
            grow_checks.unfinished_growth(facts, intent),
            *(then.checks if then is not None else (checks.other_writers(fresh),)),
        ),
        risks=(*_risks(facts, intent), *(then.risks if then is not None else ())),
        safer=tuple(_safer(facts, intent)),
        same_as=_same_as(intent, steps, then.same_as if then is not None else ""),
        confirmation=Confirmation(name=name if then is not None else typed, context=policy.protected),
        requests=(
            *(expansion(intent, step) for step in steps if step.patched),
            *(then.requests if then is not None else ()),
        ),
        goal=Accepted(),
        danger=Danger.DISRUPTIVE,
        ends=tuple(step.pod for step in steps if step.left and step.mounted),
        preconditions=_distinct(_preconditions(facts), then.preconditions if then is not None else ()),
        details=(*map(_detail, steps), *(then.details if then is not None else ())),
        claim_steps=steps,
    )


def _steps(facts: GrowFacts, intent: Grow) -> Iterator[str]:
    steps = facts.steps
    for deed, verb in ((Deed.LOWER, "lower the request of"), (Deed.EXPAND, "expand")):
        names = [step.name for step in steps if step.deed is deed]
        if names:
            sizes = sorted(
                {step.requested for step in steps if step.deed is deed}, key=lambda one: parse_bytes(one) or 0
            )
            yield f"{verb} {in_order(names)} from {' or '.join(sizes)} to {intent.size}{_pace(intent, names)}"
    if followed := [step.name for step in steps if step.deed is Deed.FOLLOW]:
        yield f"wait for {in_order(followed)}, which already {'requests' if len(followed) == 1 else 'request'} it"
    left = [step for step in steps if step.left]
    if not left:
        if steps and not facts.target.fault and all(step.deed is Deed.NOTHING for step in steps):
            yield f"every PVC has {intent.size} already"
        return
    waiting = [step.pod for step in left if step.waits_for_pod]
    others = ", only while all others are available" if facts.fresh.view.replicas > 1 else ""
    if facts.recreation is None:
        yield "wait until each has the size, also its file system, else stop"
    if waiting:
        yield f"evict {in_order(waiting)}{others}: the file system grows when the pod starts"
    if facts.recreation is not None:
        # The plan has a second part, so that each takes as few lines as it can.
        yield "wait for its file system; evict its pod only if its driver needs that"
    elif len(waiting) < len(left):
        yield f"if its driver needs a restart: evict its pod{others}"


def _pace(intent: Grow, names: list[str]) -> str:
    if len(names) < 2 or intent.parallel >= len(names):
        return ", all at once" if len(names) > 1 else ""
    return ", one at a time" if intent.parallel == 1 else f", {intent.parallel} at a time"


def _risks(facts: GrowFacts, intent: Grow) -> Iterator[str]:
    left = [step for step in facts.steps if step.left]
    if left:
        before, after = _sum(left, ""), _sum(left, intent.size)
        yield f"Volumes never shrink: {before} of storage become {after}, and stay so."
    target = facts.target
    if not intent.template and target.template is not None and parse_bytes(target.size) != parse_bytes(intent.size):
        yield f"Template {target.name} keeps {target.size}: PVCs of future ordinals get that (--template)."


def _sum(steps: list[ClaimStep], size: str) -> str:
    """What the claims request in total; `size`: what each will request, empty: what each has."""
    return " ".join(format_bytes(sum(parse_bytes(size or step.capacity) or 0 for step in steps)))


def _safer(facts: GrowFacts, intent: Grow) -> Iterator[Alternative]:
    begun = facts.begun
    if begun is not None and begun.journal is not None and not begun.running and not intent.continues:
        yield Alternative(f"resume {begun.words}", shlex.join([*_grow(intent), "--continue"]))
    words = [*_grow(intent), "--size", intent.size]
    words += ["--claim", intent.claim] if intent.claim else []
    left = [step.ordinal for step in facts.steps if step.left]
    refused = [step.name for step in facts.steps if step.deed is Deed.REFUSE]
    if left and refused:
        yield Alternative(f"leave out {listed(refused)}", shlex.join([*words, "--ordinals", written(left)]))
    elif len(left) > 1:
        yield Alternative("grow one first", shlex.join([*words, "--ordinals", written(left[:1])]))


def _grow(intent: Grow) -> list[str]:
    return [*program_name().split(), "grow", str(intent.set)]


def _same_as(intent: Grow, steps: tuple[ClaimStep, ...], then: str) -> str:
    """A shell loop, which ends at the first claim that does not get the size; and `then`.

    kubectl restarts no pod for a file system that waits for it.
    """
    names = [step.name for step in steps if step.left]
    if not names:
        return then
    namespace, claim = intent.set.namespace, '"$pvc"'
    request = json.dumps({"spec": {"resources": {"requests": {"storage": intent.size}}}}, separators=(",", ":"))
    patch = f"{kubectl(namespace, 'patch', 'pvc')} {claim} --type=merge -p {shlex.quote(request)}"
    jsonpath = shlex.quote(f"--for=jsonpath={{.status.capacity.storage}}={intent.size}")
    wait = f"{kubectl(namespace, 'wait')} {jsonpath} --timeout=15m"
    at_once = intent.parallel > 1 and len(names) > 1
    each = patch if at_once else f"{patch} && {wait} pvc/{claim}"
    loop = f"for pvc in {shlex.join(names)}; do {each} || exit; done"
    if at_once:
        loop = f"{loop}; {wait} {' '.join(shlex.quote(f'pvc/{name}') for name in names)}"
    # In a shell of its own, which a failure ends.
    return f"({loop}) && {then}" if then else f"({loop})"


def _detail(step: ClaimStep) -> str:
    """One claim: class, request, capacity, state."""
    if step.deed is Deed.REFUSE and not step.uid:
        return step.why
    parts = [
        f"class {step.storage_class}" if step.storage_class else "no class",
        f"requests {step.requested or 'nothing'}",
        f"has {step.capacity or 'no volume'}",
        step.detail,
        step.why,
    ]
    return f"{step.name}: {', '.join(part for part in parts if part)}"


def _distinct(own: Iterable[Precondition], more: Iterable[Precondition]) -> tuple[Precondition, ...]:
    """Both, without those that are there already."""
    found = {one.id: one for one in (*more, *own)}
    return tuple(found.values())


def _preconditions(facts: GrowFacts) -> Iterator[Precondition]:
    fresh = facts.fresh
    yield Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid)
    yield Precondition("replicas", "replicas", str(fresh.set.spec.replicas))
    yield Precondition("first-ordinal", "the first ordinal", str(fresh.set.first_ordinal))
    yield Precondition("update-revision", "the update revision", fresh.view.rollout.update or "none")
    yield Precondition("template", "the claim template", facts.target.name or "none")
    yield Precondition("template-size", "the size in the template", facts.target.size or "none")
    for step in facts.steps:
        seen = f"uid {step.uid or 'none'}, volume {step.volume or 'none'}, requests {step.requested or 'nothing'}"
        yield Precondition(f"claim-{step.name}", f"PVC {step.name}", f"{_seen(step)} ({seen})")
    begun = facts.begun
    yield Precondition("unfinished-growth", "the unfinished growth", begun.words if begun is not None else "none")


def _seen(step: ClaimStep) -> str:
    """What a plan rests on of a claim; an expansion in progress may end before it is confirmed."""
    match step.deed:
        case Deed.EXPAND:
            return "smaller"
        case Deed.LOWER:
            return "not expandable to its request"
        case Deed.REFUSE:
            return f"refused: {step.why}"
    return "of the size, or being expanded"
