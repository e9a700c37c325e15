"""Derives the view of a set from the objects around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from stsview.model.cache.coverage import Coverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.explain.controller_wait import wait_of
from stsview.model.explain.missing_ordinals import Gap, absences
from stsview.model.explain.next_steps import next_row
from stsview.model.explain.other_risks import risks_of, worst
from stsview.model.explain.rule_input import Examine, RuleInput, no_findings
from stsview.model.explain.set_facts import Facts
from stsview.model.explain.settled_storage import is_settled, storage_as_before, unusual_claims
from stsview.model.finding import Finding, Level
from stsview.model.ordinals.identity import Identity, identify
from stsview.model.ordinals.phases import container_runs, last_death, phases_of
from stsview.model.ordinals.rows import Row, read_rows
from stsview.model.pods.containers import restarts
from stsview.model.related.budgets import Guards, budget_of, guards_of
from stsview.model.related.network import Endpoints, dns_of, endpoints_of, service_of
from stsview.model.related.roles import role_label_of, role_of
from stsview.model.related.warnings import warnings_of
from stsview.model.related.writers import writers_of, writers_unknown
from stsview.model.rollout.rollout_progress import rollout_of
from stsview.model.settings import ModelSettings
from stsview.model.states import ClaimStatus, Health
from stsview.model.storage.claims import claims_of, ephemeral_claims_of
from stsview.model.timing.moment import Moment
from stsview.model.timing.sightings import Sightings, Token
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import BudgetView, OrdinalView, Phase, SetView, Severity, Wait, WaitReason
from stsview.objects.kinds import CLAIMS, ENDPOINT_SLICES, PODS, REVISIONS, SERVICES, STATEFULSETS, Kind
from stsview.objects.statefulset import StatefulSet


def derive(
    objects: SetObjects,
    seen_before: Mapping[Token, datetime],
    seen_at: datetime,
    now: datetime,
    settings: ModelSettings,
    examine: Examine = no_findings,
    measured: MeasuredUsage | None = None,
) -> tuple[SetView, Mapping[Token, datetime]]:
    """The view of a set at `now`, and its first sightings for the next `seen_before`.

    `seen_at` is the instant that counts for what is observed for the first time. The view holds until an object changes
    or until its `next_change`.
    """
    derived = derive_whole(objects, seen_before, seen_at, now, settings, examine, measured)
    return derived.view, derived.sightings


class Derived(NamedTuple):
    view: SetView
    sightings: Mapping[Token, datetime]
    settled: bool
    """Whether what the view says of storage holds until an object of storage, or a pod's place, changes: the next
    derivation can take it from this view."""


class Former(NamedTuple):
    """What the next derivation can take from a view that was `settled`."""

    ordinals: Sequence[OrdinalView]
    changed: Collection[str]
    """What has changed since the view was derived: names of pods, and of kinds other than Pod (`Service`)."""


def derive_whole(
    objects: SetObjects,
    seen_before: Mapping[Token, datetime],
    seen_at: datetime,
    now: datetime,
    settings: ModelSettings,
    examine: Examine,
    measured: MeasuredUsage | None = None,
) -> Derived:
    """As `derive`."""
    moment, sightings = Moment(now), Sightings(seen_before, seen_at)
    identity = identify(objects, settings)
    return _derived(objects, identity, settings, sightings, moment, examine, None, measured)


def derive_from(
    objects: SetObjects,
    seen_before: Mapping[Token, datetime],
    seen_at: datetime,
    now: datetime,
    settings: ModelSettings,
    examine: Examine,
    former: Former,
    measured: MeasuredUsage | None = None,
) -> Derived | None:
    """As `derive`, with the storage of a former view, and what it says of pods that have not changed.

    The caller vouches that since then no object of storage, no coverage of a kind, and nothing of `settled_spec` has
    changed. None where the former view cannot be used, because a pod is another one or on another node.
    """
    identity = identify(objects, settings)
    if not storage_as_before(identity, former.ordinals, former.changed):
        return None
    return _derived(
        objects, identity, settings, Sightings(seen_before, seen_at), Moment(now), examine, former, measured
    )


def _derived(
    objects: SetObjects,
    identity: Identity,
    settings: ModelSettings,
    sightings: Sightings,
    moment: Moment,
    examine: Examine,
    former: Former | None,
    measured: MeasuredUsage | None,
) -> Derived:
    rows = read_rows(objects, identity, settings, sightings, moment)
    endpoints = endpoints_of(objects)
    if former is not None:
        claims = {view.name: view.claims for view in former.ordinals}
    else:
        claims = {row.name: claims_of(row.slot, objects, settings, sightings, moment) for row in rows.owned}
    unusual = former is None and unusual_claims(objects, rows.expected, claims)
    facts = Facts(
        objects=objects,
        rows=rows,
        claims=claims,
        unusual_claims=unusual,
        service=service_of(objects, endpoints),
        rollout=rollout_of(objects.set, rows.expected, objects.revisions),
        settings=settings,
        sightings=sightings,
        moment=moment,
        measured=measured,
    )
    wait = wait_of(facts)
    why = worst(wait, risks_of(facts))
    next_one = next_row(facts)
    guards = guards_of([row.slot.pod for row in rows.owned if row.slot.pod is not None], objects)
    ordinals = (
        tuple([_ordinal(row, row is next_one, facts, endpoints, guards) for row in rows.all])
        if former is None
        else tuple(
            [
                _ordinal_since(former, view, row, row is next_one, facts, endpoints, guards)
                for row, view in zip(rows.all, former.ordinals, strict=True)
            ]
        )
    )
    view = _assemble(facts, identity, ordinals, wait, why, budget_of(guards, objects))
    findings = tuple(examine(RuleInput(view, facts)))
    why = _with_worst_finding(why, findings)
    judged = replace(
        view,
        findings=findings,
        why=why,
        severity=why.severity,
        severity_since=why.since if why.severity else None,
        last_change=moment.last_change,
        next_change=moment.next_change,
        next_certain_change=moment.next_certain_change,
    )
    settled = former is not None or (not unusual and not objects.gone and is_settled(ordinals))
    return Derived(judged, sightings.kept, settled)


_SEVERITY = {Level.ERROR: Severity.STUCK, Level.WARNING: Severity.AT_RISK}


def _with_worst_finding(why: Wait, findings: tuple[Finding, ...]) -> Wait:
    """The explanation of the severity: the worst finding, unless `why` is worse."""
    worst = findings[0] if findings else None
    severity = _SEVERITY.get(worst.level, Severity.HEALTHY) if worst is not None else Severity.HEALTHY
    if worst is None or severity < max(why.severity, Severity.AT_RISK):
        return why
    return Wait(WaitReason.RISK, worst.headline, "", worst.ordinal, worst.since, severity, so=worst.so, next=worst.next)


def _assemble(
    facts: Facts, identity: Identity, ordinals: tuple[OrdinalView, ...], wait: Wait, why: Wait, budget: BudgetView
) -> SetView:
    stateful = facts.set
    spec = stateful.spec
    read = facts.objects.complete(PODS)
    expected = facts.rows.expected
    bound = [
        claim
        for row in expected
        for claim in facts.claims[row.name]
        if claim.template and claim.status is ClaimStatus.BOUND
    ]
    return SetView(
        key=facts.key,
        uid=stateful.metadata.uid,
        severity=why.severity,
        severity_since=why.since if why.severity else None,
        replicas=spec.replicas,
        start=stateful.first_ordinal,
        ready=sum([row.serving for row in expected]) if read else stateful.status.ready_replicas,
        available=sum([row.available and row.serving for row in expected])
        if read
        else stateful.status.available_replicas,
        policy=spec.pod_management_policy,
        min_ready_seconds=spec.min_ready_seconds,
        when_scaled=spec.persistent_volume_claim_retention_policy.when_scaled,
        when_deleted=spec.persistent_volume_claim_retention_policy.when_deleted,
        ordinals=ordinals,
        rollout=facts.rollout,
        wait=wait,
        service=facts.service,
        claims_bound=len(bound),
        claims_expected=spec.replicas * len(spec.volume_claim_templates),
        claims_bytes=sum([claim.size or 0 for claim in bound]),
        labels=stateful.metadata.labels,
        created=stateful.metadata.creation_timestamp,
        images=tuple([container.image for container in spec.template.spec.containers]),
        unknown=tuple(_unknown(facts, identity)),
        next_change=facts.moment.next_change,
        why=why,
        budget=budget,
        sought=tuple(_sought(facts)),
        writers=writers_of(facts.objects),
        writers_unknown=writers_unknown(facts.objects),
        role_label=next(_role_labels(facts), ""),
        warnings=warnings_of(facts.objects.events),
        gone=facts.objects.gone,
    )


def _role_labels(facts: Facts) -> Iterator[str]:
    stateful, settings = facts.set, facts.settings
    for row in facts.rows.expected:
        if row.slot.pod is not None and (label := role_label_of(row.slot.pod, stateful, settings)):
            yield label


_SHAPING = frozenset({STATEFULSETS.name, SERVICES.name, ENDPOINT_SLICES.name})
"""Kinds other than Pod and those of storage that the view of an ordinal without a change is derived from, apart from
what `_ordinal_since` derives in any case."""


def settled_spec(stateful: StatefulSet) -> tuple[object, ...]:
    """What of a set must not change for a former view to be used."""
    spec = stateful.spec
    return spec.volume_claim_templates, spec.pod_management_policy, spec.min_ready_seconds


def _ordinal_since(
    former: Former, view: OrdinalView, row: Row, is_next: bool, facts: Facts, endpoints: Endpoints, guards: Guards
) -> OrdinalView:
    """As `_ordinal`, where `view` is the former one of the same pod on the same node."""
    pod = row.slot.pod
    # Time moves the phases of a pod that terminates or warms up.
    if pod is None or row.name in former.changed or row.terminating or facts.set.spec.min_ready_seconds:
        return _ordinal(row, is_next, facts, endpoints, guards, view)
    for token in facts.sightings.tokens_before("ready", pod.metadata.uid):
        # As `phases_of` does, of whose result nothing else changes for the same pod among the same others.
        facts.sightings.since(*token)
    if not _SHAPING.isdisjoint(former.changed) or row.state.health is not view.state.health:
        return _ordinal(row, is_next, facts, endpoints, guards, view, view.phases)
    serving = row.serving
    now = (
        row.state,
        serving,
        row.available and serving,
        row.at_update,
        is_next,
        row.node,
        facts.comes_back_on(row) if row.expected else "",
        tuple([budget.metadata.name for budget in guards.get(row.name, ())]),
    )
    state, ready, available, at_update, next_, node_state, back_on, budgets = now
    if now == (
        view.state,
        view.ready,
        view.available,
        view.at_update,
        view.next,
        view.node_state,
        view.comes_back_on,
        view.budgets,
    ):
        return view
    return replace(
        view,
        state=state,
        ready=ready,
        available=available,
        at_update=at_update,
        next=next_,
        node_state=node_state,
        comes_back_on=back_on,
        budgets=budgets,
    )


def _ordinal(
    row: Row,
    is_next: bool,
    facts: Facts,
    endpoints: Endpoints,
    guards: Guards,
    former: OrdinalView | None = None,
    phases: tuple[Phase, ...] | None = None,
) -> OrdinalView:
    """`former`: the former view, whose claims are still right. `phases`: those of the pod, where they are known."""
    pod = row.slot.pod
    objects, settings, sightings, moment = facts.objects, facts.settings, facts.sightings, facts.moment
    dns = dns_of(row.name, pod, objects, endpoints, settings)
    if row.state.health is Health.DEGRADED and dns.health in (Health.PROGRESSING, Health.TERMINATING):
        dns = replace(dns, health=Health.DEGRADED)  # the name of a broken pod does not change by itself
    claims = facts.claims.get(row.name) if row.owned else None
    if claims is None:
        claims = claims_of(row.slot, objects, settings, sightings, moment)
    back_on = facts.comes_back_on(row) if row.expected else ""
    if pod is None:
        return OrdinalView(
            row.ordinal,
            row.name,
            row.slot.place,
            row.state,
            next=is_next,
            claims=claims,
            dns=dns,
            node_state=row.node,
            comes_back_on=back_on,
        )
    restarted = restarts(pod)
    return OrdinalView(
        ordinal=row.ordinal,
        name=row.name,
        place=row.slot.place,
        state=row.state,
        uid=pod.metadata.uid,
        ready=row.serving,
        available=row.available and row.serving,
        revision=row.revision,
        at_update=row.at_update,
        next=is_next,
        node=pod.spec.node_name,
        pod_ip=pod.status.pod_ip,
        role=role_of(pod, facts.set, settings),
        restarts=restarted,
        claims=claims,
        ephemeral_claims=former.ephemeral_claims
        if former is not None
        else ephemeral_claims_of(row.slot, objects, settings, sightings, moment),
        dns=dns,
        node_state=row.node,
        budgets=tuple([budget.metadata.name for budget in guards.get(row.name, ())]),
        comes_back_on=back_on,
        phases=phases if phases is not None else phases_of(row, facts.rows, facts.set, settings, sightings),
        grace_seconds=pod.spec.termination_grace_period_seconds,
        died=last_death(pod) if restarted else None,
        runs=container_runs(pod),
    )


def _unknown(facts: Facts, identity: Identity) -> Iterator[str]:
    """One sentence per kind that the view needs and cannot read."""
    for kind in _read_kinds(facts):
        coverage = facts.objects.covered(kind)
        if not coverage.complete:
            loading = coverage.coverage is Coverage.LOADING
            yield coverage.reason or f"{kind.resource} {'are still being read' if loading else 'cannot be read'}"
    doubted = [row.node for row in facts.rows.expected if row.ready and row.node.in_doubt]
    yield from dict.fromkeys(f"node {node.name} may be unreachable: {node.detail}" for node in doubted)
    if identity.hidden:
        yield f"{identity.hidden} more expected ordinals without a pod are not shown"


def _sought(facts: Facts) -> Iterator[str]:
    """Names of pods to read by name; see `SetView.sought`."""
    if facts.objects.gone or not facts.objects.complete(PODS):
        return
    # In the order of names: in which order the pods were last read must not matter.
    for name, pod in sorted(facts.objects.named_pods.items()):
        if pod.metadata.uid and name not in facts.objects.pods:
            yield name
    if any(row.missing for row in facts.rows.expected):
        for absence in absences(facts):
            if absence.stuck and absence.gap in (Gap.UNEXPLAINED, Gap.BEHIND):
                yield absence.row.name


def _read_kinds(facts: Facts) -> Iterator[Kind]:
    yield PODS
    if facts.set.spec.volume_claim_templates or any(
        volume.persistent_volume_claim for pod in facts.objects.pods.values() for volume in pod.spec.volumes
    ):
        yield CLAIMS
    if facts.set.spec.service_name:
        yield SERVICES
        yield ENDPOINT_SLICES
    yield REVISIONS
