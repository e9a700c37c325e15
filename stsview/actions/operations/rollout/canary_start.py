"""Start a canary: change the pod template for the highest ordinals only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryStart
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, protected, reached
from stsview.actions.operations.rollout.restart import stamp
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    annotate,
    replace_template,
    restart_template,
    set_image,
    set_partition,
    test_template,
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
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: CanaryStart, templates: Templates) -> Request:
    """One patch: between two, the controller could update a pod outside the canary."""
    return patch_set(
        intent,
        f"change the template of {intent.set} and set its partition to {_partition(templates.fresh, intent)}",
        *test_template(templates, intent.seen_revision),
        # A partition counts from the lowest ordinal: after a scale-up it would let more pods update.
        tests("/spec/replicas", templates.fresh.set.spec.replicas),
        *_change(intent, templates),
        *set_partition(templates, _partition(templates.fresh, intent)),
        *annotate(templates, CANARY_PARTITION, str(partition_of(templates.fresh.set))),
    )


def _partition(fresh: FreshState, intent: CanaryStart) -> int:
    return max(0, fresh.view.replicas - intent.pods)


def _change(intent: CanaryStart, templates: Templates) -> list[Operation]:
    """Raises `Refused` if the change is invalid or changes nothing."""
    asked = [bool(intent.images), bool(intent.revision), intent.restart]
    if sum(asked) != 1:
        raise Refused("a canary is one change: images, a revision or a restart")
    if intent.restart:
        return restart_template(templates, stamp(templates))
    if intent.revision:
        return _revision_change(intent, templates)
    changes = [change for container, image in intent.images for change in set_image(templates, container, image)]
    if any(not image for _, image in intent.images):
        raise Refused("an image is missing: use container=image")
    present = _images(templates)
    if all(present.get(container) == image for container, image in intent.images):
        raise Refused("the template already has that image")
    return changes


def _revision_change(intent: CanaryStart, templates: Templates) -> list[Operation]:
    if templates.unread:
        raise Refused(f"revisions cannot be read: {templates.unread}")
    revision, name = templates.revision(intent.revision), templates.fresh.view.name
    if revision is None:
        raise Refused(f"revision {common.short(templates.fresh, intent.revision)} no longer exists")
    if not revision.template:
        raise Refused(f"revision {revision.number} of {name} has no template")
    if revision.name == templates.fresh.view.rollout.update:
        raise Refused(f"the template is already that of revision {revision.number}")
    return replace_template(revision)


def _images(templates: Templates) -> Mapping[str, str]:
    spec: Mapping[str, Any] = (templates.spec.get("template") or {}).get("spec") or {}
    parts = (spec.get(part) or () for part in ("initContainers", "containers"))
    return {one.get("name", ""): one.get("image", "") for part in parts for one in part}


def plan(facts: RolloutFacts, intent: CanaryStart, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    partition = _partition(fresh, intent)
    rows = reached(fresh, partition)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Canary {intent.set}: {intent.pods} {'pod' if intent.pods == 1 else 'pods'}",
        made_at=fresh.at,
        steps=tuple(_steps(facts, intent, rows)),
        checks=(
            *common.unchanged_checks(
                fresh, intent, "it has no partition; change the template and delete one pod manually instead"
            ),
            common.not_paused(fresh),
            _rollout_check(fresh),
            _pods_check(fresh, intent),
            _change_check(facts, intent),
            *facts.access_checks,
            _others_check(fresh),
            *common.impact_checks(fresh, rows, facts.settings),
        ),
        risks=tuple(_risks(fresh, rows, partition)),
        safer=tuple(_safer(fresh, intent)),
        same_as=_same_as(facts.templates, intent, partition),
        confirmation=Confirmation(
            name=name if common.needs_name(fresh, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(former=intent.seen_revision, partition=partition),
        danger=Danger.DISRUPTIVE,
        ends=tuple(row.name for row in rows),
        preconditions=(*common.preconditions(facts.templates), *common.members_down(fresh)),
    )


def _steps(facts: RolloutFacts, intent: CanaryStart, rows: list[OrdinalView]) -> Iterator[str]:
    fresh, partition = facts.fresh, _partition(facts.fresh, intent)
    former, current = partition_of(fresh.set), common.short(fresh, fresh.view.rollout.update)
    yield f"{_changed(facts.templates, intent)}, and the partition from {former} to {partition}"
    if rows:
        yield f"update {common.names(rows)}{common.pace(fresh, rows)}"
    if protected_rows := protected(fresh, partition):
        stay = common.with_verb(protected_rows, "stays", "stay")
        yield f"hold until next, finish or abort: {stay} on {current} even if recreated"


def _changed(templates: Templates, intent: CanaryStart) -> str:
    if intent.restart:
        return "set the restart annotation on the pod template"
    if intent.revision:
        return f"set the pod template to that of {common.short(templates.fresh, intent.revision)}"
    present = _images(templates)
    images = [
        f"{container} from {present.get(container) or 'nothing'} to {image}" for container, image in intent.images
    ]
    return f"set the image of {'; of '.join(images)}"


def _rollout_check(fresh: FreshState) -> Check:
    rollout, saved = fresh.view.rollout, canary_from(fresh)
    if why := fresh.unread(PODS):
        return Check("rollout", Result.UNKNOWN, f"rollout status unknown: {why}", required=True)
    if rollout.active:
        what = "a rollout" if saved is None else "a canary"
        how = f" (paused by partition {rollout.partition})" if rollout.held else ""
        words = f"{what} to {common.short(fresh, rollout.update)} is in progress{how}: finish it first"
        return Check("rollout", Result.FAIL, words)
    if rollout.current != rollout.update:
        current = common.short(fresh, rollout.current)
        words = f"the rollout to {common.short(fresh, rollout.update)} is not finished yet"
        return Check("rollout", Result.FAIL, f"{words}: new pods below a partition would run {current}")
    if saved is not None:
        words = f"the annotation of an earlier canary ({saved.words}) will be overwritten"
        return Check("rollout", Result.WARN, words)
    return Check("rollout", Result.PASS, "no rollout or canary in progress")


def _pods_check(fresh: FreshState, intent: CanaryStart) -> Check:
    replicas, former = fresh.view.replicas, partition_of(fresh.set)
    open_to = max(0, replicas - former)
    if intent.pods < 1:
        return Check("pods", Result.FAIL, "a canary needs at least 1 pod")
    if replicas < 2:
        return Check(
            "pods",
            Result.FAIL,
            f"{replicas} {'replica leaves' if replicas == 1 else 'replicas leave'} no pod unchanged",
        )
    if intent.pods >= replicas:
        words = f"{intent.pods} of {replicas} pods is not a canary: no pod stays unchanged"
        return Check("pods", Result.FAIL, f"{words}; to change all, use {_full_change_command(fresh, intent)}")
    if intent.pods >= open_to:
        what = "no pod" if not open_to else f"{open_to} of {replicas} pods"
        words = f"partition {former} already limits a change to {what}"
        return Check("pods", Result.FAIL, f"{words}: a canary must be smaller")
    return Check("pods", Result.PASS, f"{intent.pods} of {replicas} pods {'is' if intent.pods == 1 else 'are'} changed")


def _full_change_command(fresh: FreshState, intent: CanaryStart) -> str:
    """The command that changes all pods."""
    namespace, name = fresh.view.namespace, fresh.view.name
    if intent.restart:
        return f"`{stsview(namespace, 'restart', name)}`"
    if intent.revision:
        return f"`{stsview(namespace, 'undo', name)}`"
    images = [f"{container}={image}" for container, image in intent.images]
    return f"`{kubectl(namespace, 'set', 'image', f'statefulset/{name}', *images)}`"


def _change_check(facts: RolloutFacts, intent: CanaryStart) -> Check:
    if intent.revision and facts.templates.unread:
        words = f"revisions cannot be read: {facts.templates.unread}"
        return Check("change", Result.UNKNOWN, words, required=True)
    if facts.no_request_reason:
        return Check("change", Result.FAIL, facts.no_request_reason)
    return Check("change", Result.PASS, _changed(facts.templates, intent))


def _others_check(fresh: FreshState) -> Check:
    """A canary proves something only if all members were available before it."""
    if why := fresh.unread(PODS):
        return Check("others", Result.UNKNOWN, f"member status unknown: {why}", required=True)
    if down := checks.down(fresh, ()):
        return Check("others", Result.FAIL, f"{common.with_verb(down, 'is', 'are')} not available: wait until all are")
    return Check("others", Result.PASS, "all members available")


def _risks(fresh: FreshState, rows: list[OrdinalView], partition: int) -> Iterator[str]:
    yield from risks.first_new_leader(rows)
    yield "Two versions run side by side meanwhile."
    if fresh.view.writers:
        yield f"A scale-up adds canary pods; a scale-down to {partition} or fewer removes them all."


def _safer(fresh: FreshState, intent: CanaryStart) -> Iterator[Alternative]:
    if intent.restart:
        one = str(fresh.view.start + fresh.view.replicas - 1)
        command = stsview(fresh.view.namespace, "restart", fresh.view.name, "--ordered", "--only", one)
        yield Alternative("restart one pod by eviction, without a new revision", command)
    elif intent.pods > 1:
        yield Alternative("start with one pod, then continue with canary next")


def _same_as(templates: Templates, intent: CanaryStart, partition: int) -> str:
    """kubectl needs two commands, the partition first."""
    fresh = templates.fresh
    namespace, name = fresh.view.namespace, fresh.view.name
    first = common.partition_command(fresh, partition, {CANARY_PARTITION: str(partition_of(fresh.set))})
    about = f"statefulset/{name}"
    if intent.restart:
        return f"{first} && {kubectl(namespace, 'rollout', 'restart', about)}"
    if intent.revision:
        revision = templates.revision(intent.revision)
        to = f"--to-revision={revision.number if revision is not None else 0}"
        return f"{first} && {kubectl(namespace, 'rollout', 'undo', about, to)}"
    images = [f"{container}={image}" for container, image in intent.images]
    return f"{first} && {kubectl(namespace, 'set', 'image', about, *images)}"
