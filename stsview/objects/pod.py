"""v1 Pod."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import Condition, Instant, ObjectMeta, Present, Struct


class ContainerStateWaiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class ContainerStateRunning(Struct, frozen=True):
    started_at: Instant | None = None


class ContainerStateTerminated(Struct, frozen=True):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: Instant | None = None
    finished_at: Instant | None = None


class ContainerState(Struct, frozen=True):
    waiting: ContainerStateWaiting | None = None
    running: ContainerStateRunning | None = None
    terminated: ContainerStateTerminated | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    image: str = ""
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class Lifecycle(Struct, frozen=True):
    pre_stop: Present | None = None


class Container(Struct, frozen=True):
    name: str = ""
    image: str = ""
    lifecycle: Lifecycle | None = None
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""
    readiness_probe: Present | None = None
    liveness_probe: Present | None = None
    startup_probe: Present | None = None


class ClaimVolumeSource(Struct, frozen=True):
    claim_name: str = ""


class HostPathSource(Struct, frozen=True):
    path: str = ""


class Volume(Struct, frozen=True):
    name: str = ""
    persistent_volume_claim: ClaimVolumeSource | None = None
    empty_dir: Present | None = None
    host_path: HostPathSource | None = None
    ephemeral: Present | None = None
    """A generic ephemeral volume, whose claim is `<pod>-<volume>`."""


class Toleration(Struct, frozen=True):
    key: str = ""
    """Empty with `Exists`: tolerates every taint."""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    """Empty: every effect."""
    toleration_seconds: int | None = None
    """For `NoExecute` only: for how long; None: without limit."""


class ReadinessGate(Struct, frozen=True):
    condition_type: str = ""


class SchedulingGate(Struct, frozen=True):
    name: str = ""


class PodSpec(Struct, frozen=True):
    node_name: str = ""
    scheduler_name: str = ""
    node_selector: dict[str, str] = {}
    hostname: str = ""
    subdomain: str = ""
    termination_grace_period_seconds: int = 30
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    readiness_gates: tuple[ReadinessGate, ...] = ()
    scheduling_gates: tuple[SchedulingGate, ...] = ()


class PodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    pod_ip: str = msgspec.field(name="podIP", default="")
    start_time: Instant | None = None
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(Struct, frozen=True):
    metadata: ObjectMeta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def ephemeral_claims(self) -> list[str]:
        """Names of the claims of its generic ephemeral volumes."""
        return [f"{self.metadata.name}-{volume.name}" for volume in self.spec.volumes if volume.ephemeral is not None]

    def condition(self, type_: str) -> Condition | None:
        for condition in self.status.conditions:
            if condition.type == type_:
                return condition
        return None
