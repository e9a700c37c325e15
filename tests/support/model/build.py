"""Objects for tests as in a healthy cluster; a test overrides what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, SetView
from stsview.objects.autoscaler import AutoscalerSpec, HorizontalPodAutoscaler, ScaleTarget
from stsview.objects.budget import BudgetSpec, BudgetStatus, PodDisruptionBudget
from stsview.objects.claim import ClaimSpec, ClaimStatus, PersistentVolumeClaim, Resources
from stsview.objects.event import Event, EventSource, InvolvedObject
from stsview.objects.kinds import WATCHED, Kind
from stsview.objects.lease import LEASE_NAMESPACE, Lease, LeaseSpec
from stsview.objects.meta import BasicMeta, Condition, LabelSelector, ObjectMeta, OwnerReference
from stsview.objects.network import Endpoint, EndpointConditions, EndpointSlice, ObjectReference, Service, ServiceSpec
from stsview.objects.node import ZONE_LABEL, Node, NodeCondition, NodeSpec, NodeStatus, Taint
from stsview.objects.pod import (
    ClaimVolumeSource,
    Container,
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    Pod,
    PodSpec,
    PodStatus,
    Volume,
)
from stsview.objects.statefulset import (
    ClaimTemplate,
    Ordinals,
    PodTemplate,
    RollingUpdate,
    StatefulSet,
    StatefulSetMeta,
    StatefulSetSpec,
    StatefulSetStatus,
    TemplateMeta,
    UpdateStrategy,
)
from stsview.objects.volume import (
    ClassAnnotations,
    ClassMeta,
    NodeSelector,
    NodeSelectorRequirement,
    NodeSelectorTerm,
    PersistentVolume,
    StorageClass,
    VolumeAttachment,
    VolumeAttachmentSource,
    VolumeAttachmentSpec,
    VolumeAttachmentStatus,
    VolumeError,
    VolumeNodeAffinity,
    VolumeSpec,
    VolumeStatus,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""When everything in these tests was created and became Ready."""

LABELS = {"app": "web"}
NEW, OLD = "web-new", "web-old"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stateful_set(
    replicas: int = 3,
    *,
    name: str = "web",
    uid: str = "set-uid",
    current: str = NEW,
    update: str = NEW,
    strategy: UpdateStrategy | None = None,
    policy: str = "OrderedReady",
    service: str = "web",
    templates: Iterable[str] = ("data",),
    start: int = 0,
    min_ready_seconds: int = 0,
    generation: int = 1,
    observed: int = 1,
    status: Mapping[str, Any] | None = None,
    **meta: Any,
) -> StatefulSet:
    return StatefulSet(
        metadata=StatefulSetMeta(
            **{
                "name": name,
                "namespace": "default",
                "uid": uid,
                "generation": generation,
                "creation_timestamp": START,
                **meta,
            }
        ),
        spec=StatefulSetSpec(
            replicas=replicas,
            selector=LabelSelector(match_labels=LABELS),
            service_name=service,
            pod_management_policy=policy,
            update_strategy=strategy or UpdateStrategy(rolling_update=RollingUpdate()),
            min_ready_seconds=min_ready_seconds,
            ordinals=Ordinals(start=start),
            template=PodTemplate(metadata=TemplateMeta(labels=LABELS)),
            volume_claim_templates=tuple(ClaimTemplate(metadata=ObjectMeta(name=template)) for template in templates),
        ),
        status=StatefulSetStatus(
            observed_generation=observed, current_revision=current, update_revision=update, **(status or {})
        ),
    )


def rolling(partition: int = 0, max_unavailable: int | str | None = None) -> UpdateStrategy:
    return UpdateStrategy(rolling_update=RollingUpdate(partition=partition, max_unavailable=max_unavailable))


def owned_by(uid: str = "set-uid", kind: str = "StatefulSet", name: str = "web") -> tuple[OwnerReference, ...]:
    return (OwnerReference(kind=kind, name=name, uid=uid, controller=True),)


def condition(type_: str, status: str, since: float = 0, reason: str = "", message: str = "") -> Condition:
    return Condition(type=type_, status=status, reason=reason, message=message, last_transition_time=at(since))


def pod(
    ordinal: int,
    *,
    set_name: str = "web",
    uid: str = "",
    revision: str = NEW,
    phase: str = "Running",
    ready: str = "True",
    ready_since: float = 0,
    reason: str = "",
    node: str = "node-1",
    conditions: Iterable[Condition] = (),
    containers: Iterable[ContainerStatus] | None = None,
    init_containers: Iterable[ContainerStatus] = (),
    init_specs: Iterable[Container] = (),
    owners: tuple[OwnerReference, ...] | None = None,
    labels: Mapping[str, str] | None = None,
    claims: Iterable[str] | None = None,
    status: Mapping[str, Any] | None = None,
    **meta: Any,
) -> Pod:
    name = f"{set_name}-{ordinal}"
    volumes = [f"data-{name}"] if claims is None else claims
    statuses = (running("app", ready=ready == "True"),) if containers is None else tuple(containers)
    return Pod(
        metadata=ObjectMeta(
            **{
                "name": name,
                "namespace": "default",
                "uid": uid or f"{name}-uid",
                "creation_timestamp": START,
                "owner_references": owned_by() if owners is None else owners,
                "labels": {**(LABELS if labels is None else labels), "controller-revision-hash": revision},
                **meta,
            }
        ),
        spec=PodSpec(
            node_name=node,
            hostname=name,
            subdomain="web",
            containers=tuple(Container(name=status.name, image="web:1") for status in statuses),
            init_containers=tuple(init_specs),
            volumes=tuple(Volume(name=c, persistent_volume_claim=ClaimVolumeSource(claim_name=c)) for c in volumes),
        ),
        status=PodStatus(
            phase=phase,
            pod_ip="10.0.0.1" if node else "",
            start_time=START,
            conditions=(
                condition("PodScheduled", "True"),
                condition("Initialized", "True"),
                condition("ContainersReady", ready, ready_since, reason),
                condition("Ready", ready, ready_since, reason),
                *conditions,
            )
            if node
            else tuple(conditions),
            container_statuses=statuses,
            init_container_statuses=tuple(init_containers),
            **(status or {}),
        ),
    )


def running(
    name: str = "app", *, ready: bool = True, since: float = 0, restarts: int = 0, last: Any = None
) -> ContainerStatus:
    return ContainerStatus(
        name=name,
        ready=ready,
        restart_count=restarts,
        state=ContainerState(running=ContainerStateRunning(started_at=at(since))),
        last_state=ContainerState(terminated=last),
    )


def waiting(
    reason: str, message: str = "", *, name: str = "app", restarts: int = 0, last: Any = None
) -> ContainerStatus:
    return ContainerStatus(
        name=name,
        restart_count=restarts,
        state=ContainerState(waiting=ContainerStateWaiting(reason=reason, message=message)),
        last_state=ContainerState(terminated=last),
    )


def death(exit_code: int = 1, reason: str = "Error", finished: float = 0) -> ContainerStateTerminated:
    return ContainerStateTerminated(exit_code=exit_code, reason=reason, finished_at=at(finished))


def ended(last: ContainerStateTerminated, *, name: str = "app", restarts: int = 0) -> ContainerStatus:
    return ContainerStatus(name=name, restart_count=restarts, state=ContainerState(terminated=last))


def starting(ordinal: int, *, started: float = 0, **more: Any) -> Pod:
    """A pod whose container is running but not ready yet."""
    return pod(
        ordinal,
        ready="False",
        reason="ContainersNotReady",
        ready_since=started,
        containers=[running(ready=False, since=started)],
        **more,
    )


def crashing(ordinal: int, *, restarts: int = 3, **more: Any) -> Pod:
    status = waiting("CrashLoopBackOff", "back-off 20s restarting failed container", restarts=restarts, last=death())
    return pod(ordinal, ready="False", reason="ContainersNotReady", containers=[status], **more)


def terminating(ordinal: int, *, asked: float, grace: int = 30, **more: Any) -> Pod:
    return pod(ordinal, deletion_timestamp=at(asked + grace), deletion_grace_period_seconds=grace, **more)


def claim(
    name: str,
    *,
    phase: str = "Bound",
    size: str = "10Gi",
    requested: str = "",
    volume_mode: str = "Filesystem",
    **meta: Any,
) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=ObjectMeta(
            **{"name": name, "namespace": "default", "uid": f"{name}-uid", "creation_timestamp": START, **meta}
        ),
        spec=ClaimSpec(
            storage_class_name="fast",
            volume_mode=volume_mode,
            volume_name=f"pv-{name}" if phase != "Pending" else "",
            resources=Resources(requests={"storage": requested or size}),
        ),
        status=ClaimStatus(phase=phase, capacity={"storage": size} if phase == "Bound" else {}),
    )


def service(
    name: str = "web", *, cluster_ip: str = "None", selector: Mapping[str, str] | None = None, **spec: Any
) -> Service:
    return Service(
        metadata=ObjectMeta(name=name, namespace="default", uid=f"{name}-uid", creation_timestamp=START),
        spec=ServiceSpec(cluster_ip=cluster_ip, selector=dict(LABELS if selector is None else selector), **spec),
    )


def endpoint(held: Pod, *, ready: bool | None = True, hostname: bool = True) -> Endpoint:
    return Endpoint(
        hostname=held.metadata.name if hostname else "",
        conditions=EndpointConditions(ready=ready),
        target_ref=ObjectReference(kind="Pod", namespace="default", name=held.metadata.name, uid=held.metadata.uid),
    )


def endpoint_slice(*endpoints: Endpoint, name: str = "web-abc", service_name: str = "web") -> EndpointSlice:
    return EndpointSlice(
        metadata=ObjectMeta(
            name=name, namespace="default", uid=f"{name}-uid", labels={"kubernetes.io/service-name": service_name}
        ),
        endpoints=endpoints,
    )


def node(
    name: str = "node-1",
    ready: str = "True",
    *,
    since: float = 0,
    reason: str = "",
    zone: str = "zone-a",
    cordoned: bool = False,
    taints: Iterable[str] = (),
    heartbeat: float | None = None,
    **meta: Any,
) -> Node:
    posted = at(heartbeat) if heartbeat is not None else None
    conditions = (
        NodeCondition(
            type="Ready", status=ready, reason=reason, last_transition_time=at(since), last_heartbeat_time=posted
        ),
    )
    return Node(
        metadata=BasicMeta(
            **{"name": name, "uid": f"{name}-uid", "labels": {ZONE_LABEL: zone} if zone else {}, **meta}
        ),
        spec=NodeSpec(unschedulable=cordoned, taints=tuple(Taint(key=key) for key in taints)),
        status=NodeStatus(conditions=conditions if ready else ()),
    )


def volume(
    name: str, *, phase: str = "Bound", modes: Iterable[str] = ("ReadWriteOnce",), zone: str = ""
) -> PersistentVolume:
    wanted = NodeSelectorRequirement(key=ZONE_LABEL, operator="In", values=(zone,))
    terms = (NodeSelectorTerm(match_expressions=(wanted,)),) if zone else ()
    return PersistentVolume(
        metadata=BasicMeta(name=name, uid=f"{name}-uid"),
        spec=VolumeSpec(
            access_modes=tuple(modes),
            persistent_volume_reclaim_policy="Delete",
            node_affinity=VolumeNodeAffinity(required=NodeSelector(node_selector_terms=terms)),
        ),
        status=VolumeStatus(phase=phase),
    )


def storage_class(name: str = "fast", *, default: bool = False, created: float = 0, **fields: Any) -> StorageClass:
    annotations = ClassAnnotations(is_default="true") if default else ClassAnnotations()
    metadata = ClassMeta(name=name, uid=f"{name}-uid", annotations=annotations, creation_timestamp=at(created))
    return StorageClass(metadata=metadata, **{"provisioner": "csi.example.com", **fields})


def attachment(
    of: str, to: str = "node-1", *, attached: bool = True, error: str = "", detach_error: str = "", **meta: Any
) -> VolumeAttachment:
    return VolumeAttachment(
        metadata=BasicMeta(**{"name": f"{of}-{to}", "uid": f"{of}-{to}-uid", **meta}),
        spec=VolumeAttachmentSpec(node_name=to, source=VolumeAttachmentSource(persistent_volume_name=of)),
        status=VolumeAttachmentStatus(
            attached=attached,
            attach_error=VolumeError(message=error) if error else None,
            detach_error=VolumeError(message=detach_error) if detach_error else None,
        ),
    )


def disruption_budget(
    name: str = "web", *, labels: Mapping[str, str] | None = None, left: int = 1, expected: int = 3, **spec: Any
) -> PodDisruptionBudget:
    selector = LabelSelector(match_labels=dict(LABELS if labels is None else labels))
    return PodDisruptionBudget(
        metadata=BasicMeta(name=name, namespace="default", uid=f"{name}-uid", generation=1),
        spec=BudgetSpec(**{"selector": selector, "max_unavailable": 1, **spec}),
        status=BudgetStatus(observed_generation=1, disruptions_allowed=left, expected_pods=expected),
    )


def autoscaler(
    name: str = "web", *, target: str = "web", kind: str = "StatefulSet", api_version: str = "apps/v1"
) -> HorizontalPodAutoscaler:
    return HorizontalPodAutoscaler(
        metadata=BasicMeta(name=name, namespace="default", uid=f"{name}-uid"),
        spec=AutoscalerSpec(
            scale_target_ref=ScaleTarget(kind=kind, name=target, api_version=api_version),
            min_replicas=2,
            max_replicas=10,
        ),
    )


def event(
    about: str = "web-0",
    reason: str = "BackOff",
    message: str = "Back-off restarting failed container",
    *,
    kind: str = "Pod",
    uid: str = "",
    first: float = 0,
    last: float | None = None,
    times: int = 1,
    name: str = "",
    **more: Any,
) -> Event:
    """A warning about the object named `about`, without a uid unless one is given."""
    namespace = more.pop("namespace", "default")
    name = name or f"{about}.{reason}"
    return Event(
        metadata=BasicMeta(name=name, namespace=namespace, uid=f"{name}-uid", creation_timestamp=at(first)),
        involved_object=InvolvedObject(kind=kind, namespace=namespace, name=about, uid=uid),
        reason=reason,
        message=message,
        count=times,
        first_timestamp=at(first),
        last_timestamp=at(first if last is None else last),
        **{"type": "Warning", "source": EventSource(component="kubelet"), **more},
    )


def lease(node: str = "node-1", renewed: float | None = 0, *, before: float | None = None, seconds: int = 40) -> Lease:
    return Lease(
        metadata=BasicMeta(name=node, namespace=LEASE_NAMESPACE, uid=f"{node}-lease"),
        spec=LeaseSpec(
            holder_identity=node,
            lease_duration_seconds=seconds,
            renew_time=None if renewed is None else at(renewed),
        ),
        previous_renewal=None if before is None else at(before),
    )


COMPLETE = {kind.name: KindCoverage(Coverage.COMPLETE) for kind in WATCHED}


def without(*kinds: Kind, coverage: Coverage = Coverage.FORBIDDEN) -> dict[str, KindCoverage]:
    return {**COMPLETE, **{kind.name: KindCoverage(coverage, f"you may not list {kind.resource}") for kind in kinds}}


def around(stateful: StatefulSet, pods: Iterable[Pod] = (), **parts: Any) -> SetObjects:
    """A set with its pods, and everything around it healthy."""
    pods = list(pods)
    names = [f"{t.metadata.name}-{p.metadata.name}" for p in pods for t in stateful.spec.volume_claim_templates]
    claims: Iterable[PersistentVolumeClaim] = parts.pop("claims", [claim(name) for name in names])
    defaults: dict[str, Any] = {
        "service": service(),
        "slices": (endpoint_slice(*(endpoint(p, ready=p.metadata.deletion_timestamp is None) for p in pods)),),
        "volumes": {f"pv-{name}": volume(f"pv-{name}") for name in names},
        "classes": {"fast": storage_class()},
        "nodes": {p.spec.node_name: node(p.spec.node_name) for p in pods if p.spec.node_name},
        "coverage": COMPLETE,
    }
    return SetObjects(
        set=stateful,
        pods={p.metadata.name: p for p in pods},
        claims={c.metadata.name: c for c in claims},
        **{**defaults, **parts},
    )


def view_of(
    objects: SetObjects, now: float = 60, *, first_seen: float | None = None, settings: ModelSettings | None = None
) -> SetView:
    """The view at `now`; `first_seen`: the time of all first sightings."""
    settings = settings or ModelSettings()
    seen = {} if first_seen is None else derive(objects, {}, at(first_seen), at(first_seen), settings)[1]
    return derive(objects, seen, at(now), at(now), settings)[0]


def look(
    stateful: StatefulSet, pods: Iterable[Pod] = (), now: float = 60, *, first_seen: float | None = None, **parts: Any
) -> SetView:
    settings = parts.pop("settings", None)
    return view_of(around(stateful, pods, **parts), now, first_seen=first_seen, settings=settings)


def row(view: SetView, ordinal: int) -> OrdinalView:
    return next(row for row in view.ordinals if row.ordinal == ordinal)
