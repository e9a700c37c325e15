"""What a growth rests on, read from the server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.intents import Grow, Order, OrderedRestart
from stsview.actions.operations.grow.claim_steps import Classes, Target, claim_steps, target_of
from stsview.actions.operations.grow.journal import Unfinished, unfinished
from stsview.actions.operations.grow.requests import expansion
from stsview.actions.operations.ordered_restart import action as ordered_restart
from stsview.actions.operations.recreate import machine as recreate
from stsview.actions.operations.recreate.changes import Recreation, grow_template
from stsview.actions.operations.recreate.facts import RecreationFacts
from stsview.actions.plan import Check, ClaimStep, Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight.dry_run import dry_runs
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.objects.kinds import CLASSES, QUOTAS
from stsview.objects.quantity import format_bytes, parse_bytes
from stsview.objects.quota import ResourceQuota
from stsview.objects.volume import StorageClass


class GrowFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    target: Target
    steps: tuple[ClaimStep, ...]
    """One for each claim, in the order of the growth."""
    access_checks: tuple[Check, ...]
    """Permissions, dry runs and quotas."""
    restart: Plan | None
    """The restart of the pods whose file systems may need it; None where none may."""
    recreation: RecreationFacts | None
    """The recreation that gives the claim template the size; None where the template stays as it is."""
    begun: Unfinished | None
    """The unfinished growth; None where there is none."""


async def gather(session: Session, intent: Grow, plan_context: PlanContext) -> GrowFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    target = target_of(fresh, intent)
    classes = await _classes(session, fresh, intent, target)
    steps = claim_steps(fresh, classes, intent, target)
    patched = [step for step in steps if step.patched]
    checks = list(await rights(session, intent.action, intent.set.namespace))
    if not session.gate.closed:
        checks += await dry_runs(session, [expansion(intent, step) for step in patched])
    checks += await _quotas(session, intent, patched)
    restart = await restart_plan(session, intent, fresh, steps, plan_context)
    grows = template_grows(target, intent)
    wanted = template_recreation(intent, target.name)
    recreation = await recreate.gather(session, wanted, plan_context) if grows else None
    begun = unfinished(plan_context.state_folder, intent.set_uid)
    return GrowFacts(fresh, target, steps, tuple(checks), restart, recreation, begun)


def template_grows(target: Target, intent: Grow) -> bool:
    """Whether the claim template is changed as well."""
    return intent.template and target.template is not None and parse_bytes(target.size) != parse_bytes(intent.size)


def template_recreation(intent: Grow, template: str) -> Recreation:
    """The recreation of the set with the size in that claim template."""
    return Recreation(intent.set, intent.set_uid, (grow_template(template, intent.size),), "grow")


def restart_intent(intent: Grow, revision: str, ordinals: tuple[int, ...]) -> OrderedRestart:
    """The restart of the pods of some ordinals, one at a time, by eviction.

    `revision`: name of the present update revision.
    """
    return OrderedRestart(intent.set, intent.set_uid, revision, Order.LISTED, ordinals, override=intent.override)


async def restart_plan(
    session: Session, intent: Grow, fresh: FreshState, steps: Iterable[ClaimStep], plan_context: PlanContext
) -> Plan | None:
    """The plan to restart the pods whose file systems may grow only when they are mounted; None where none may.

    Raises `Refused` where the set is gone, and `ClusterError`.
    """
    ordinals = tuple(step.ordinal for step in steps if step.left and step.mounted)
    if not ordinals:
        return None
    wanted = restart_intent(intent, fresh.view.rollout.update, ordinals)
    return ordered_restart.plan(await ordered_restart.gather(session, wanted, plan_context), wanted, Policy())


async def _classes(session: Session, fresh: FreshState, intent: Grow, target: Target) -> Classes:
    """The classes of the claims. Kinds that may not be read stay unknown."""
    names = {step.storage_class for step in claim_steps(fresh, {}, intent, target) if step.storage_class}
    return dict(
        zip(sorted(names), await asyncio.gather(*(_class(session, name) for name in sorted(names))), strict=True)
    )


async def _class(session: Session, name: str) -> StorageClass | str | None:
    try:
        found = await session.get(CLASSES, "", name)
    except NotFound:
        return None
    except ClusterError as error:
        return str(error)
    assert isinstance(found, StorageClass)  # noqa: S101 - the decoder knows no other
    return found


_STORAGE = "requests.storage"


async def _quotas(session: Session, intent: Grow, steps: list[ClaimStep]) -> list[Check]:
    """Whether the ResourceQuotas allow all of it: each dry run counts one claim alone."""
    if not steps:
        return []
    try:
        listing = await list_all(session, QUOTAS, intent.set.namespace, lambda *_: None)
    except ClusterError as error:
        return [Check("quota", Result.UNKNOWN, f"ResourceQuotas unknown: {error}")]
    quotas = [one for one in listing.objects if isinstance(one, ResourceQuota)]
    wanted = parse_bytes(intent.size) or 0
    more: dict[str, int] = {}
    for step in steps:
        for name in (_STORAGE, f"{step.storage_class}.storageclass.storage.k8s.io/{_STORAGE}"):
            more[name] = more.get(name, 0) + wanted - step.requested_bytes
    checks = [check for quota in quotas for check in _exceeded(quota, more)]
    limiting = [quota.metadata.name for quota in quotas if more.keys() & quota.status.hard.keys()]
    within = f"within ResourceQuota {', '.join(limiting)}" if limiting else "no ResourceQuota limits storage"
    return checks or [Check("quota", Result.PASS, within)]


def _exceeded(quota: ResourceQuota, more: dict[str, int]) -> Iterable[Check]:
    for name, bytes_ in more.items():
        hard, used = parse_bytes(quota.status.hard.get(name, "")), parse_bytes(quota.status.used.get(name, "0"))
        if hard is None or used is None or used + bytes_ <= hard:
            continue
        left, needed = " ".join(format_bytes(max(0, hard - used))), " ".join(format_bytes(bytes_))
        words = f"ResourceQuota {quota.metadata.name} leaves {left} of {name}, and this needs {needed}"
        yield Check("quota", Result.FAIL, words)
