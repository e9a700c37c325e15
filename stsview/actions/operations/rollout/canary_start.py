"""Canaries: a change of the template for the highest ordinals alone, which then reaches more of them step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryStart
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, kept, reached
from stsview.actions.operations.rollout.restart import stamp
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    annotate,
    replace_template,
    restart_template,
    set_image,
    set_partition,
    template_as_seen,
)
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import Operation, patch_set, tests
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.rollout.partition import partition_of
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS


async def gather(session: Session, intent: CanaryStart, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: CanaryStart, found: Templates) -> Request:
    """One patch: between two, the controller could take a pod for which the change was not meant."""
    return patch_set(
        intent,
        f"change the template of {intent.set}, and set its partition to {_partition(found.fresh, intent)}",
        *template_as_seen(found, intent.seen_revision),
        # A partition counts from below: of a set that was scaled up since, it would let more pods through.
        tests("/spec/replicas", found.fresh.set.spec.replicas),
        *_change(intent, found),
        *set_partition(found, _partition(found.fresh, intent)),
        *annotate(found, CANARY_PARTITION, str(partition_of(found.fresh.set))),
    )


def _partition(found: FreshState, intent: CanaryStart) -> int:
    return max(0, found.view.replicas - intent.pods)


def _change(intent: CanaryStart, found: Templates) -> list[Operation]:
    """Raises `Refused` where what is asked for changes nothing, or cannot be."""
    asked = [bool(intent.images), bool(intent.revision), intent.restart]
    if sum(asked) != 1:
        raise Refused("a canary is one change: images, or a revision, or a restart")
    if intent.restart:
        return restart_template(found, stamp(found))
    if intent.revision:
        return _of_revision(intent, found)
    changes = [change for container, image in intent.images for change in set_image(found, container, image)]
    if any(not image for _, image in intent.images):
        raise Refused("an image is missing: it is written container=image")
    present = _images(found)
    if all(present.get(container) == image for container, image in intent.images):
        raise Refused("the template has that image already: it would change nothing")
    return changes


def _of_revision(intent: CanaryStart, found: Templates) -> list[Operation]:
    if found.unread:
        raise Refused(f"its revisions cannot be read: {found.unread}")
    revision, name = found.revision(intent.revision), found.fresh.view.name
    if revision is None:
        raise Refused(f"it has no revision {common.short(found.fresh, intent.revision)} any more: see its history")
    if not revision.template:
        raise Refused(f"revision {revision.number} of {name} records no template")
    if revision.name == found.fresh.view.rollout.update:
        raise Refused(f"its template is that of revision {revision.number} already: it would change nothing")
    return replace_template(revision)


def _images(found: Templates) -> Mapping[str, str]:
    spec: Mapping[str, Any] = (found.spec.get("template") or {}).get("spec") or {}
    parts = (spec.get(part) or () for part in ("initContainers", "containers"))
    return {one.get("name", ""): one.get("image", "") for part in parts for one in part}


def plan(facts: RolloutFacts, intent: CanaryStart, policy: Policy) -> Plan:
    """Pure."""
    found = facts.fresh
    namespace, name = intent.set
    partition = _partition(found, intent)
    rows = reached(found, partition)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Begin a canary of {intent.pods} {'pod' if intent.pods == 1 else 'pods'} in {intent.set}",
        made_at=found.at,
        steps=tuple(_steps(facts, intent, rows)),
        checks=(
            *common.as_seen(found, intent, "it knows no partition; delete one pod by hand after a change to try it"),
            common.not_paused(found),
            _no_other(found),
            _pods(found, intent),
            _change_check(facts, intent),
            *facts.asked,
            _all_up(found),
            *common.around(found, rows, facts.settings),
        ),
        risks=tuple(_risks(found, rows, partition)),
        safer=tuple(_safer(found, intent)),
        same_as=_same_as(facts.templates, intent, partition),
        confirmation=Confirmation(
            name=name if common.grave(found, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(former=intent.seen_revision, partition=partition),
        danger=Danger.DISRUPTIVE,
        preconditions=(*common.preconditions(facts.templates), *common.members_down(found)),
    )


def _steps(facts: RolloutFacts, intent: CanaryStart, rows: list[OrdinalView]) -> Iterator[str]:
    found, partition = facts.fresh, _partition(facts.fresh, intent)
    former, current = partition_of(found.set), common.short(found, found.view.rollout.update)
    yield f"{_changed(facts.templates, intent)}, and in the same patch the partition goes from {former} to {partition}"
    if rows:
        yield f"{common.are(rows, 'is replaced', 'are replaced')}{common.at_a_time(found, rows)}"
    if held := kept(found, partition):
        stay = common.are(held, "stays", "stay")
        yield f"{stay} on {current}, also when a new pod has to be made"
        yield "there it is held, until it goes on by a pod, to the end, or is backed out"


def _changed(found: Templates, intent: CanaryStart) -> str:
    if intent.restart:
        return "the template gets the annotation of a restart"
    if intent.revision:
        return f"the template becomes that of {common.short(found.fresh, intent.revision)}"
    present = _images(found)
    images = [
        f"{container} from {present.get(container) or 'nothing'} to {image}" for container, image in intent.images
    ]
    return f"the image of {'; of '.join(images)}"


def _no_other(found: FreshState) -> Check:
    rollout, begun = found.view.rollout, canary_from(found)
    if why := found.unread(PODS):
        return Check("rollout", Result.UNKNOWN, f"whether a rollout is under way is unknown: {why}", required=True)
    if rollout.active:
        what = "a rollout" if begun is None else "a canary"
        how = f", held by partition {rollout.partition}" if rollout.held else ""
        words = f"{what} to {common.short(found, rollout.update)} is under way{how}: not begun before that is over"
        return Check("rollout", Result.FAIL, words)
    if rollout.current != rollout.update:
        current = common.short(found, rollout.current)
        words = f"the controller has not finished the rollout to {common.short(found, rollout.update)} yet"
        return Check("rollout", Result.FAIL, f"{words}: below a partition new pods would run {current}")
    if begun is not None:
        words = f"the annotation of a former canary is there, with {begun.words}: it is written over"
        return Check("rollout", Result.WARN, words)
    return Check("rollout", Result.PASS, "no rollout or canary is under way")


def _pods(found: FreshState, intent: CanaryStart) -> Check:
    replicas, former = found.view.replicas, partition_of(found.set)
    open_to = max(0, replicas - former)
    if intent.pods < 1:
        return Check("pods", Result.FAIL, "a canary has one pod at least")
    if replicas < 2:
        return Check("pods", Result.FAIL, f"with {replicas} replicas there is no pod that could stay as it is")
    if intent.pods >= replicas:
        words = f"{intent.pods} of {replicas} pods is no canary: no pod would stay as it is"
        return Check("pods", Result.FAIL, f"{words}; without one, {_without(found, intent)}")
    if intent.pods >= open_to:
        what = "none of its pods" if not open_to else f"{open_to} of its {replicas} pods"
        words = f"partition {former} lets a change reach {what} as it is"
        return Check("pods", Result.FAIL, f"{words}: a canary is fewer than these")
    return Check("pods", Result.PASS, f"{intent.pods} of {replicas} pods are changed")


def _without(found: FreshState, intent: CanaryStart) -> str:
    """The command that changes all of it."""
    namespace, name = found.view.namespace, found.view.name
    if intent.restart:
        return f"`{stsview(namespace, 'restart', name)}`"
    if intent.revision:
        return f"`{stsview(namespace, 'undo', name)}`"
    images = [f"{container}={image}" for container, image in intent.images]
    return f"`{kubectl(namespace, 'set', 'image', f'statefulset/{name}', *images)}`"


def _change_check(facts: RolloutFacts, intent: CanaryStart) -> Check:
    if intent.revision and facts.templates.unread:
        words = f"its revisions cannot be read: {facts.templates.unread}"
        return Check("change", Result.UNKNOWN, words, required=True)
    if facts.lacking:
        return Check("change", Result.FAIL, facts.lacking)
    return Check("change", Result.PASS, _changed(facts.templates, intent))


def _all_up(found: FreshState) -> Check:
    """What a canary shows can only be told from what was wrong before it in a set in which nothing was."""
    if why := found.unread(PODS):
        return Check("others", Result.UNKNOWN, f"which members are up is unknown: {why}", required=True)
    if down := checks.down(found, ()):
        return Check("others", Result.FAIL, f"{common.are(down, 'is', 'are')} down: not begun before all are up")
    return Check("others", Result.PASS, "every member is available")


def _risks(found: FreshState, rows: list[OrdinalView], partition: int) -> Iterator[str]:
    yield from risks.first_new_leader(rows)
    yield "While it is held, two templates run at the same time: the application has to bear that."
    if found.view.writers:
        yield f"Scaled up, the new pods are of the canary; scaled to {partition} or fewer, none of it is left."


def _safer(found: FreshState, intent: CanaryStart) -> Iterator[Alternative]:
    if intent.restart:
        one = str(found.view.start + found.view.replicas - 1)
        command = stsview(found.view.namespace, "restart", found.view.name, "--ordered", "--only", one)
        yield Alternative("restart just one pod, by eviction, without a new revision", command)
    elif intent.pods > 1:
        yield Alternative("one pod first: it can go on by one at a time")


def _same_as(found: Templates, intent: CanaryStart, partition: int) -> str:
    """kubectl takes two commands; the partition has to be first."""
    fresh = found.fresh
    namespace, name = fresh.view.namespace, fresh.view.name
    first = common.held_with_kubectl(fresh, partition, {CANARY_PARTITION: str(partition_of(fresh.set))})
    about = f"statefulset/{name}"
    if intent.restart:
        return f"{first} && {kubectl(namespace, 'rollout', 'restart', about)}"
    if intent.revision:
        revision = found.revision(intent.revision)
        to = f"--to-revision={revision.number if revision is not None else 0}"
        return f"{first} && {kubectl(namespace, 'rollout', 'undo', about, to)}"
    images = [f"{container}={image}" for container, image in intent.images]
    return f"{first} && {kubectl(namespace, 'set', 'image', about, *images)}"
