"""Settings of how objects are judged. Times are in seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Self

import msgspec
from msgspec.structs import replace


class Acknowledgement(msgspec.Struct, frozen=True):
    """Findings that the configuration declares known and harmless.

    `context` and `sets` are shell patterns: `*` matches any characters, also none.
    """

    rule: str
    """A rule id, present or former."""
    sets: str = "*"
    """Matches `namespace/name` of a set; without a slash, its namespace."""
    context: str = "*"
    reason: str = ""
    until: date | None = None
    """The last day, in UTC, on which it holds; None: it always holds."""

    def covers(self, namespace: str, name: str) -> bool:
        """Whether it is about this set."""
        return fnmatchcase(f"{namespace}/{name}" if "/" in self.sets else namespace, self.sets)


class UsageLimits(msgspec.Struct, frozen=True):
    """From which share on usage needs attention, 0 to 1."""

    volume: float = 0.85
    """Of the bytes or inodes of a volume. Less than 15 % left is where kubernetes-mixin begins to alert
    (KubePersistentVolumeFillingUp)."""
    memory: float = 0.9
    """Of the memory limit of a container."""


class ModelSettings(msgspec.Struct, frozen=True):
    """Grace times, labels and limits.

    The defaults suit a cluster with default settings.
    """

    cluster_domain: str = "cluster.local"
    """Assumed: the API does not provide it."""
    role_labels: tuple[str, ...] = ("role", "spilo-role", "cnpg.io/instanceRole")
    """Pod labels that may hold the role of a member; the first one found counts."""
    role_label_annotation: str = "stsview.io/role-label"
    """Annotation of a set that names its role label."""
    quorum: Mapping[str, int] = msgspec.field(default_factory=dict)
    """By `namespace/name` of a set: how many members it needs to work as a whole."""
    acknowledgements: tuple[Acknowledgement, ...] = ()
    """Those of all contexts; see `in_context`."""
    disabled_rules: frozenset[str] = frozenset()
    """Ids of rules that are not evaluated. What calls a set healthy names them."""
    rule_levels: Mapping[str, int] = msgspec.field(default_factory=dict)
    """By id of a rule: the `stsview.model.finding.Level` of all its findings, instead of what the rule says."""
    by_context: Callable[[str], Mapping[str, Any]] | None = None
    """Returns the fields that are others in a context of the kubeconfig; None: the same in all."""
    usage: UsageLimits = UsageLimits()
    observe_grace: float = 30
    """How long the controller may take to observe a new generation before it counts as inactive."""
    act_grace: float = 30
    """How long it may take to create, replace or remove a pod when nothing holds that up."""
    refused_grace: float = 10
    """How long creations may be refused before that counts: the controller retries eleven times in that time, and most
    refusals last only moments."""
    termination_slack: float = 30
    """How far past its deadline a terminating pod may be before it counts as stuck."""
    long_grace: float = 300
    """How long a pod may use its grace period before that is reported."""
    schedule_grace: float = 120
    """How long a pod may wait for the scheduler, or for its claims to be bound, without a verdict."""
    ready_grace: float = 600
    """How long a pod may take to start, or stay not Ready, before it counts as broken."""
    provision_grace: float = 120
    """How long a provisioner may take for a volume, including failed attempts."""
    attach_grace: float = 120
    """How long a volume may take to be attached and mounted, once its pod has a node; the kubelet reports a problem
    after two minutes at the earliest (pkg/kubelet/volumemanager, podAttachAndMountTimeout)."""
    resize_grace: float = 600
    """How long each step of a volume expansion may take."""
    long_min_ready: float = 3600
    """From this minReadySeconds on, rollouts that wait for it are reported."""
    crash_window: float = 600
    """How long after its last exit a restarted container still counts as crashing; the kubelet resets its back-off
    after the same time (pkg/kubelet, "containers are restarted with an exponential back-off delay, reset after ten
    minutes")."""
    canary_age: float = 3 * 86_400
    """How long a partition may hold a canary before it counts as forgotten."""
    pause_age: float = 3_600
    """How long a partition may hold a rollout before its first pod, likewise."""
    fight_window: float = 900
    """How long writes are remembered, to detect that they are reverted."""
    heartbeat_grace: float = 480
    """How old the heartbeat of a Ready node may be before its lease is read. A kubelet posts its status every five
    minutes, up to half of that later after a change (pkg/kubelet/kubelet_node_status.go, nodeStatusReportFrequency)."""
    drain_grace: float = 300
    """How long a cordoned node may keep a pod that cannot be evicted."""
    delete_grace: float = 600
    """How long a set may take to be deleted before its finalizers count as stuck."""
    service_grace: float = 30
    """How long after a set its Service may appear: one `kubectl apply` often creates both."""
    sighting_grace: float = 10
    """How long the stream of one kind may lag behind another; a referenced object is not missing before."""
    stream_silence: float = 75
    """How long a stream may be silent; older changes have arrived on every stream."""
    orphan_grace: float = 120
    """How long pod GC may take to remove the pods of a Node that is gone (40 s of quarantine, rounds of 20 s;
    pkg/controller/podgc)."""
    usage_stale: float = 600
    """How old a measurement may be that findings rest on; what is measured is so once a minute at least."""
    usage_forgotten: float = 3_600
    """How old a measurement may be that is still mentioned, in a notice."""
    max_rows: int = 1_000
    """Expected ordinals that get a row although they have no pod; `replicas` is a 32-bit number that anyone may write.
    """

    def in_context(self, context: str) -> Self:
        """The settings that hold in a context of the kubeconfig."""
        held = tuple(one for one in self.acknowledgements if fnmatchcase(context, one.context))
        return replace(self, acknowledgements=held, **(self.by_context(context) if self.by_context else {}))
