"""Hand-made fleets for the screens, as the model would derive them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from stsview.model.states import (
    AttachmentStatus,
    ClaimStatus,
    ClassStatus,
    DnsStatus,
    Health,
    NodeStatus,
    PodKind,
    ServiceStatus,
    VolumeStatus,
)
from stsview.model.views import (
    ClaimView,
    ClassView,
    DnsView,
    Fleet,
    NodeView,
    OrdinalView,
    Place,
    PodState,
    RolloutView,
    ServiceView,
    SetView,
    Severity,
    VolumeView,
    Wait,
    WaitReason,
)
from stsview.objects.meta import Key

NOW = datetime(2026, 11, 22, 18, 22, 7, tzinfo=UTC)
GI = 1024**3
TI = 1024**4


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


LONG_AGO = ago(days=214)

READY = PodState("Ready", Health.READY, LONG_AGO, kind=PodKind.READY)
MISSING = PodState("missing", Health.MISSING, kind=PodKind.MISSING)
STARTING = PodState("starting", Health.PROGRESSING, ago(seconds=38), "container redis is creating")


def claim_of(template: str, pod: str, size: int | None, *, bound: bool = True, node: str = "") -> ClaimView:
    if size is None:
        return ClaimView(template, f"{template}-{pod}", ClaimStatus.MISSING, Health.MISSING)
    return ClaimView(
        template,
        f"{template}-{pod}",
        ClaimStatus.BOUND if bound else ClaimStatus.PENDING,
        Health.READY if bound else Health.WARNING,
        uid=f"claim-{pod}",
        size=size,
        requested=size,
        storage_class="fast-ssd",
        access_modes=("ReadWriteOnce",),
        volume=f"pvc-0b7e{pod}" if bound else "",
        since=LONG_AGO,
        class_state=ClassView(
            ClassStatus.KNOWN, Health.READY, "csi.example.com", True, True, "WaitForFirstConsumer", name="fast-ssd"
        ),
        volume_state=VolumeView(
            VolumeStatus.BOUND,
            Health.READY,
            "Retain",
            attachment=AttachmentStatus.ATTACHED,
            attachment_health=Health.READY,
            attached_to=node,
        )
        if bound
        else VolumeView(),
    )


def ordinal_of(
    set_name: str,
    ordinal: int,
    state: PodState = READY,
    *,
    namespace: str = "data",
    service: str = "",
    rev: str = "6f4ddbdbb6",
    at_update: bool | None = True,
    place: Place = Place.EXPECTED,
    size: int | None = 10 * GI,
    templates: tuple[str, ...] = ("data",),
    node: str | None = None,
    role: str = "",
    restarts: int = 0,
    next: bool = False,  # noqa: A002 - the name of the field
    dns: DnsView | None = None,
) -> OrdinalView:
    name = f"{set_name}-{ordinal}"
    there = state.health is not Health.MISSING
    ready = state.health is Health.READY
    host = f"{name}.{service or set_name + '-hs'}.{namespace}.svc.cluster.local"
    if dns is None:
        dns = (
            DnsView(host, DnsStatus.PUBLISHED, Health.READY)
            if ready
            else DnsView(host, DnsStatus.NOT_READY, Health.DEGRADED)
        )
        if not there:
            dns = DnsView(host, DnsStatus.NO_POD, Health.MISSING)
    on = (f"w-{ordinal % 3 + 1}" if node is None else node) if there else ""
    return OrdinalView(
        ordinal=ordinal,
        name=name,
        place=place,
        state=state,
        uid=f"6f3c{ordinal:04d}-{set_name}" if there else None,
        ready=ready,
        available=ready,
        revision=f"{set_name}-{rev}" if there else "",
        at_update=at_update if there else None,
        next=next,
        node=on,
        node_state=NodeView(on, NodeStatus.READY, Health.READY, f"eu-1{'abc'[ordinal % 3]}", LONG_AGO)
        if on
        else NodeView(),
        pod_ip=f"10.2.3.{ordinal + 41}" if there else "",
        role=role,
        restarts=restarts,
        claims=tuple(claim_of(template, name, size, node=on) for template in templates),
        dns=dns,
    )


def set_of(
    namespace: str,
    name: str,
    ordinals: tuple[OrdinalView, ...],
    *,
    severity: Severity = Severity.HEALTHY,
    since: datetime | None = LONG_AGO,
    wait: Wait | None = None,
    why: Wait | None = None,
    rollout: RolloutView | None = None,
    service: ServiceView | None = None,
    labels: dict[str, str] | None = None,
    unknown: tuple[str, ...] = (),
    rev: str = "6f4ddbdbb6",
    policy: str = "OrderedReady",
) -> SetView:
    expected = tuple(ordinal for ordinal in ordinals if ordinal.place is Place.EXPECTED)
    ready = sum(ordinal.ready for ordinal in expected)
    claims = [claim for ordinal in expected for claim in ordinal.claims]
    bound = [claim for claim in claims if claim.status == "Bound"]
    return SetView(
        key=Key(namespace, name),
        uid=f"uid-{namespace}-{name}",
        severity=severity,
        severity_since=since,
        replicas=len(expected),
        start=expected[0].ordinal if expected else 0,
        ready=ready,
        available=ready,
        policy=policy,
        min_ready_seconds=0,
        when_scaled="Retain",
        when_deleted="Retain",
        ordinals=ordinals,
        rollout=rollout
        or RolloutView("RollingUpdate", 0, f"{name}-{rev}", f"{name}-{rev}", False, False, ready, len(expected)),
        wait=wait or Wait(WaitReason.NOTHING),
        service=service or ServiceView(f"{name}-hs", ServiceStatus.HEADLESS, Health.READY, selected=ready),
        claims_bound=len(bound),
        claims_expected=len(claims),
        claims_bytes=sum(claim.size or 0 for claim in bound),
        labels=labels or {"app": name},
        created=LONG_AGO,
        images=(f"{name}:1.0.0",),
        unknown=unknown,
        why=why or wait or Wait(WaitReason.NOTHING),
    )


def healthy(namespace: str, name: str, replicas: int, size: int = 20 * GI) -> SetView:
    return set_of(
        namespace, name, tuple(ordinal_of(name, index, namespace=namespace, size=size) for index in range(replicas))
    )


def kafka() -> SetView:
    """A rollout stuck on a crash loop."""
    old, new = "5d4b99c7f8", "7c9f01d2aa"
    crash = PodState(
        "CrashLoopBackOff", Health.DEGRADED, ago(minutes=12), "container kafka: exit 1, last: Unknown broker property"
    )
    rows = []
    for index in range(6):
        rolled = index >= 3
        rows.append(
            ordinal_of(
                "kafka",
                index,
                crash if index == 3 else replace(READY, since=ago(minutes=22 - index) if rolled else LONG_AGO),
                rev=new if rolled else old,
                at_update=rolled,
                size=1 * TI,
                restarts=12 if index == 3 else 0,
                next=index == 2,
            )
        )
    return set_of(
        "data",
        "kafka",
        tuple(rows),
        severity=Severity.STUCK,
        since=ago(minutes=12, seconds=12),
        wait=Wait(
            WaitReason.NOT_READY,
            "waits for kafka-3",
            "CrashLoopBackOff, exit 1, 12 times",
            3,
            ago(minutes=12, seconds=12),
            Severity.STUCK,
            so="kafka-2, kafka-1, kafka-0 stay on 5d4b99c7f8; nothing else moves until kafka-3 is Ready",
            next="roll back to 5d4b99c7f8, then delete kafka-3: a rollback alone won't help",
        ),
        rollout=RolloutView(
            "RollingUpdate",
            0,
            f"kafka-{old}",
            f"kafka-{new}",
            True,
            False,
            2,
            6,
            manager="kubectl-set",
            since=ago(minutes=25),
        ),
    )


def vault() -> SetView:
    ending = PodState(
        "Terminating", Health.TERMINATING, ago(minutes=41), "node w-7 unreachable", kind=PodKind.TERMINATING
    )
    return set_of(
        "infra",
        "vault",
        (
            ordinal_of("vault", 0, namespace="infra", role="active"),
            ordinal_of("vault", 1, namespace="infra", role="standby"),
            ordinal_of("vault", 2, ending, namespace="infra", node="w-7"),
        ),
        severity=Severity.STUCK,
        since=ago(minutes=41),
        wait=Wait(
            WaitReason.TERMINATING,
            "vault-2 stuck Terminating",
            "grace period exceeded",
            2,
            ago(minutes=41),
            Severity.STUCK,
            so="no new vault-2 is created before the old one is gone",
            next="look after its node; force deletion risks two writers",
        ),
    )


def es_data() -> SetView:
    rows = tuple(ordinal_of("es-data", index, namespace="search", size=512 * GI) for index in range(4)) + tuple(
        ordinal_of("es-data", index, MISSING, namespace="search", size=None, next=index == 4) for index in range(4, 8)
    )
    return set_of(
        "search",
        "es-data",
        rows,
        severity=Severity.STUCK,
        since=ago(minutes=9),
        wait=Wait(
            WaitReason.MISSING,
            "es-data-4 cannot be created",
            "quota exceeded: requests.storage",
            4,
            ago(minutes=9),
            Severity.STUCK,
        ),
    )


def zookeeper() -> SetView:
    rows = tuple(
        ordinal_of(
            "zookeeper",
            index,
            service="zk-hs",
            dns=DnsView(
                f"zookeeper-{index}.zk-hs.data.svc.cluster.local",
                DnsStatus.NOT_HEADLESS,
                Health.DEGRADED,
                "Service zk-hs has a cluster IP",
            ),
        )
        for index in range(3)
    )
    return set_of(
        "data",
        "zookeeper",
        rows,
        severity=Severity.AT_RISK,
        since=ago(days=2),
        why=Wait(
            WaitReason.RISK,
            "Service zk-hs is not headless",
            "no pod has a DNS name",
            None,
            ago(days=2),
            Severity.AT_RISK,
        ),
        service=ServiceView("zk-hs", ServiceStatus.NOT_HEADLESS, Health.DEGRADED, selected=3),
    )


def postgres() -> SetView:
    rows = tuple(
        ordinal_of("postgres", index, size=512 * GI, role="primary" if index == 0 else "replica") for index in range(3)
    )
    return set_of(
        "data",
        "postgres",
        rows,
        severity=Severity.AT_RISK,
        since=ago(hours=3),
        why=Wait(
            WaitReason.RISK,
            "claims outgrew the template",
            "500Gi, template says 200Gi",
            None,
            ago(hours=3),
            Severity.AT_RISK,
        ),
    )


def redis() -> SetView:
    rows = tuple(
        ordinal_of(
            "redis",
            index,
            STARTING if index == 4 else READY,
            namespace="cache",
            at_update=index >= 4,
            rev="77aa01bb02" if index >= 4 else "6f4ddbdbb6",
            next=index == 3,
        )
        for index in range(6)
    )
    return set_of(
        "cache",
        "redis",
        rows,
        severity=Severity.ROLLING,
        since=ago(minutes=4),
        wait=Wait(
            WaitReason.PENDING,
            "waits for redis-4",
            "starting",
            4,
            ago(seconds=38),
            Severity.ROLLING,
            next="then redis-3",
        ),
        rollout=RolloutView("RollingUpdate", 0, "redis-6f4ddbdbb6", "redis-77aa01bb02", True, False, 1, 6, "helm"),
    )


def sessions() -> SetView:
    rows = tuple(ordinal_of("sessions", index, namespace="cache", at_update=index >= 4) for index in range(6))
    return set_of(
        "cache",
        "sessions",
        rows,
        severity=Severity.ROLLING,
        since=ago(days=2),
        wait=Wait(
            WaitReason.PARTITION,
            "held by partition 4",
            "4 pods stay on 6f4ddbdbb6",
            None,
            ago(days=2),
            Severity.ROLLING,
        ),
        rollout=RolloutView(
            "RollingUpdate", 4, "sessions-6f4ddbdbb6", "sessions-84bb01bb02", True, True, 2, 6, "argocd"
        ),
    )


def on_delete() -> SetView:
    rows = tuple(ordinal_of("etcd", index, namespace="infra", at_update=index == 0) for index in range(5))
    return set_of(
        "infra",
        "etcd",
        rows,
        severity=Severity.ROLLING,
        since=ago(hours=5),
        wait=Wait(WaitReason.ON_DELETE, "4 pods wait for a manual delete", "", None, ago(hours=5), Severity.ROLLING),
        rollout=RolloutView("OnDelete", 0, "etcd-6f4ddbdbb6", "etcd-84bb01bb02", True, False, 1, 5),
    )


def odd_ones() -> SetView:
    """Rows of every kind, two PVC templates, ordinals that start at 2."""
    warming = PodState(
        "warming up", Health.PROGRESSING, ago(seconds=8), "minReadySeconds 30", NOW + timedelta(seconds=22)
    )
    rows = (
        ordinal_of("ledger", 2, templates=("data", "wal")),
        ordinal_of("ledger", 3, warming, templates=("data", "wal")),
        ordinal_of("ledger", 4, MISSING, templates=("data", "wal"), next=True, size=None),
        ordinal_of("ledger", 7, place=Place.SURPLUS, templates=("data", "wal")),
        ordinal_of("ledger", 9, place=Place.ORPHANED, size=None, templates=()),
        ordinal_of("ledger", 3, place=Place.FOREIGN, size=None, templates=()),
    )
    return set_of("pay", "ledger", rows, severity=Severity.AT_RISK, since=ago(minutes=3), policy="Parallel")


def unreadable() -> SetView:
    unseen = PodState("unknown", Health.UNKNOWN)
    rows = tuple(ordinal_of("secret", index, unseen, namespace="vip", at_update=None) for index in range(3))
    return set_of(
        "vip",
        "secret",
        rows,
        severity=Severity.UNKNOWN,
        since=None,
        wait=Wait(WaitReason.UNREAD, severity=Severity.UNKNOWN),
        unknown=("you may not list pods in vip",),
    )


def fleet_of(*views: SetView) -> Fleet:
    counts = dict.fromkeys(Severity, 0)
    for view in views:
        counts[view.severity] += 1
    return Fleet({view.key: view for view in views}, counts)


def picture_sets() -> tuple[SetView, ...]:
    """The fleet of the design."""
    return (
        healthy("mq", "rabbitmq", 3),
        sessions(),
        kafka(),
        healthy("logs", "loki-store", 40, 200 * GI),
        zookeeper(),
        vault(),
        redis(),
        healthy("auth", "keycloak-db", 2),
        es_data(),
        healthy("logs", "loki-ingester", 12, 100 * GI),
        postgres(),
    )


def design_fleet() -> Fleet:
    return fleet_of(*picture_sets())
