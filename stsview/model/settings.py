"""What an operator may set about how objects are judged. Times are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelSettings:
    cluster_domain: str = "cluster.local"
    """Assumed: the API does not tell it."""
    role_labels: tuple[str, ...] = ("role", "spilo-role", "cnpg.io/instanceRole")
    """Pod labels that may name a member's role, the first that does counts."""
    role_label_annotation: str = "stsview.io/role-label"
    """An annotation on the set that names its role label."""
    quorum: Mapping[str, int] = field(default_factory=dict)
    """By `namespace/name` of a set: how many of its members must be up for the whole to work."""
    observe_grace: float = 30
    """How long the controller may take to observe a new generation before it counts as not acting."""
    act_grace: float = 30
    """How long it may take over what is due and held up by nothing: creating, replacing or removing a pod."""
    refused_grace: float = 10
    """How long the controller may be refused what it creates before that counts: it tries eleven times until then, and
    most refusals are a matter of moments."""
    termination_slack: float = 30
    """How far past its deadline a terminating pod may be before it counts as stuck."""
    long_grace: float = 300
    """How long a pod may use its grace period before it is worth a word."""
    schedule_grace: float = 120
    """How long a pod may wait for the scheduler, or for its claims to be bound, while no verdict is out."""
    ready_grace: float = 600
    """How long a pod may take to start, or stay not Ready, before it counts as broken."""
    provision_grace: float = 120
    """How long a provisioner may take over a volume, its first failures included."""
    attach_grace: float = 120
    """How long a volume may take to be attached and mounted, once its pod has a node; the kubelet complains for the
    first time after two minutes (pkg/kubelet/volumemanager, podAttachAndMountTimeout)."""
    resize_grace: float = 600
    """How long a volume may take to grow, each of the steps."""
    long_min_ready: float = 3600
    """The minReadySeconds from which on it is worth a word that a rollout waits for them."""
    crash_window: float = 600
    """How long after its last death a restarted container still counts as crashing; the kubelet forgets its back-off
    after as long (pkg/kubelet, "containers are restarted with an exponential back-off delay, reset after ten
    minutes")."""
    canary_age: float = 3 * 86_400
    """How long a partition may hold a canary before it looks forgotten."""
    pause_age: float = 3_600
    """How long a rollout that was changed may stand before its first pod, likewise."""
    fight_window: float = 900
    """For how long it is remembered who wrote what, to see whether it was put back."""
    drain_grace: float = 300
    """How long a cordoned node may keep a pod that must not be evicted now."""
    delete_grace: float = 600
    """How long a set may take to be deleted before its finalizers count as stuck."""
    service_grace: float = 30
    """How long after a set its Service may come: both are mostly made by the same `kubectl apply`."""
    sighting_grace: float = 10
    """How long the stream of one kind may come after that of another; what an object refers to is not missing before.
    """
    stream_silence: float = 75
    """For how long a stream is believed that says nothing; what is older has been told of on every stream."""
    orphan_grace: float = 120
    """How long after a Node is gone pod GC may take to remove its pods (40 s of quarantine, rounds of 20 s;
    pkg/controller/podgc)."""
    max_rows: int = 1_000
    """Expected ordinals that get a row although they have no pod; `replicas` is a 32-bit number that anybody may
    write."""
