"""A naive model for comparison: it holds objects in dicts and derives every set from all of them.

The incremental views of the store must equal its results.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stsview.model.cache.coverage import UNREADABLE, Coverage, KindCoverage
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.derive import derive
from stsview.model.explain.rule_input import Examine, no_findings
from stsview.model.settings import ModelSettings
from stsview.model.timing.sightings import Token
from stsview.model.views import Fleet, SetView, Severity
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
)
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Batch
from tests.support.model.build import at


class Oracle:
    def __init__(self, settings: ModelSettings, examine: Examine = no_findings) -> None:
        self.settings = settings
        self.examine = examine
        self.held: dict[str, dict[Key, Any]] = {kind.name: {} for kind in (*WATCHED, LEASES, NAMED_PODS)}
        self.coverage: dict[tuple[str, str], KindCoverage] = {}
        self.seen: dict[tuple[Key, str], Mapping[Token, datetime]] = {}

    def apply(self, batch: Batch) -> None:
        held = self.held[batch.kind.name]
        if batch.replace:
            for key in [key for key in held if batch.namespace in ("", key.namespace)]:
                del held[key]
        for change in batch.changes:
            key = change.object.metadata.key
            if isinstance(change, Applied):
                held[key] = change.object
            elif key in held and held[key].metadata.uid == change.object.metadata.uid:
                del held[key]

    def cover(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> None:
        if self.coverage.get((kind.name, namespace)) == coverage:
            return
        if coverage is None:
            del self.coverage[kind.name, namespace]
        else:
            self.coverage[kind.name, namespace] = coverage
        if coverage is not None and coverage.coverage in (Coverage.COMPLETE, Coverage.LOADING):
            return
        known = (Coverage.COMPLETE,) if coverage is None else (Coverage.COMPLETE, Coverage.LOADING)
        held = self.held[kind.name]
        for key in [key for key in held if namespace in ("", key.namespace)]:
            if self.covered(kind, key.namespace).coverage not in known:
                del held[key]

    def go_back(self, now: datetime) -> None:
        """The clock was ahead: it is earlier than assumed."""
        self.seen = {who: {token: min(at, now) for token, at in seen.items()} for who, seen in self.seen.items()}

    def fleet(self, now: datetime) -> Fleet:
        views: dict[Key, SetView] = {}
        seen: dict[tuple[Key, str], Mapping[Token, datetime]] = {}
        for key, stateful in self.held[STATEFULSETS.name].items():
            who = key, stateful.metadata.uid
            views[key], seen[who] = derive(
                self.surroundings(stateful), self.seen.get(who, {}), now, now, self.settings, self.examine
            )
        self.seen = seen
        counts = {severity: sum(view.severity is severity for view in views.values()) for severity in Severity}
        return Fleet(views, counts)

    def surroundings(self, stateful: Any) -> SetObjects:
        namespace = stateful.metadata.namespace

        def near(kind: Kind) -> list[Any]:
            if self.covered(kind, namespace).coverage in (Coverage.FORBIDDEN, Coverage.ABSENT):
                return []
            if kind is LEASES:
                return list(self.held[kind.name].values())
            wanted = namespace if kind.namespaced else ""
            return [held for held in self.held[kind.name].values() if held.metadata.namespace == wanted]

        service_name = stateful.spec.service_name
        labels = stateful.spec.template.metadata.labels
        pods = {
            pod.metadata.name: pod
            for pod in near(PODS)
            if pod.metadata.name.rpartition("-")[0] == stateful.metadata.name
        }
        named = [] if self.covered(PODS, namespace).coverage in UNREADABLE else near(NAMED_PODS)
        claims = {claim.metadata.name: claim for claim in near(CLAIMS)}
        return SetObjects(
            set=stateful,
            pods=pods,
            named_pods={
                pod.metadata.name: pod
                for pod in named
                if pod.metadata.name.rpartition("-")[0] == stateful.metadata.name
            },
            claims=claims,
            service=next((s for s in near(SERVICES) if s.metadata.name == service_name), None),
            selecting=tuple(
                s
                for s in near(SERVICES)
                if s.headless and s.spec.selector and s.spec.selector.items() <= labels.items()
            ),
            slices=tuple(s for s in near(ENDPOINT_SLICES) if s.service_name == service_name),
            revisions=tuple(
                revision
                for revision in near(REVISIONS)
                if revision.metadata.controller and revision.metadata.controller.uid == stateful.metadata.uid
            ),
            nodes={node.metadata.name: node for node in near(NODES)},
            volumes={volume.metadata.name: volume for volume in near(VOLUMES)},
            classes={one.metadata.name: one for one in near(CLASSES)},
            attachments=tuple(near(ATTACHMENTS)),
            budgets=tuple(near(BUDGETS)),
            autoscalers=tuple(near(AUTOSCALERS)),
            leases={lease.metadata.name: lease for lease in near(LEASES)},
            events=_events(near(EVENTS), stateful, pods, claims),
            coverage={kind.name: self.covered(kind, namespace) for kind in (*WATCHED, LEASES)},
        )

    def covered(self, kind: Kind, namespace: str) -> KindCoverage:
        return self.coverage.get((kind.name, namespace), self.coverage.get((kind.name, ""), LOADING))


def _events(
    held: list[Event], stateful: StatefulSet, pods: dict[str, Pod], claims: dict[str, PersistentVolumeClaim]
) -> tuple[Event, ...]:
    name = stateful.metadata.name
    expected = [f"{name}-{ordinal}" for ordinal in range(stateful.first_ordinal, stateful.last_ordinal + 1)]
    templates = [template.metadata.name for template in stateful.spec.volume_claim_templates]
    mounted = {
        volume.persistent_volume_claim.claim_name
        for pod in pods.values()
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim
    }
    around: dict[tuple[str, str], Any] = {("StatefulSet", name): stateful}
    around |= {("Pod", pod): pods.get(pod) for pod in {*expected, *pods}}
    claimed = {f"{template}-{pod}" for template in templates for pod in {*expected, *pods}} | mounted
    around |= {("PersistentVolumeClaim", claim): claims.get(claim) for claim in claimed}
    found = []
    for event in held:
        about = event.involved_object
        if event.type != "Warning" or (about.kind, about.name) not in around:
            continue
        there = around[about.kind, about.name]
        if there is None or about.uid in ("", there.metadata.uid):
            found.append(event)
    return tuple(sorted(found, key=lambda event: (event.last_timestamp or at(0), event.metadata.name)))
