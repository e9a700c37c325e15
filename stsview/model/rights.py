"""What stsview needs to be allowed to do in a cluster, for each of its tasks.

The only such table: plans ask the server about these rights (`stsview.actions.preflight.permissions`), and the roles of
`stsview rights` and `docs/rights.md` grant them. A test carries out every task with exactly its rights.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum, auto

import msgspec

from stsview.model.action_id import ActionId
from stsview.objects.kinds import (
    CLAIMS,
    CLASSES,
    CONFIG_MAPS,
    LEASES,
    NAMESPACES,
    NODES,
    POD_METRICS,
    PODS,
    QUOTAS,
    READABLE_KINDS,
    REPLICASETS,
    SECRETS,
    STATEFULSETS,
    WATCHED,
    Kind,
)


class Right(msgspec.Struct, frozen=True):
    """One verb for one kind of object, or for a subresource of it."""

    verb: str
    kind: Kind
    subresource: str = ""

    @property
    def resource(self) -> str:
        """As in the rules of a role: `pods/eviction`."""
        return f"{self.kind.resource}/{self.subresource}" if self.subresource else self.kind.resource


class When(Enum):
    """In which of its forms a task needs a right."""

    ALWAYS = auto()
    BLOCKING_PODS = auto()
    """The change would leave pods that block their own replacement, and deletes them."""
    EVICTION = auto()
    """Pods are removed by eviction."""
    DELETION = auto()
    """Pods are removed by deletion."""
    RECREATION = auto()
    """The set is created again."""
    RETENTION = auto()
    """The set deletes its claims with itself, which has to be suspended while it is created again."""
    READING = auto()
    """Something is read for a check, which is unknown without it. Plans do not ask about it beforehand."""


class Need(msgspec.Struct, frozen=True):
    right: Right
    when: When = When.ALWAYS


class Scope(Enum):
    """Which roles contain the rights of a task."""

    READ = auto()
    """Every role: without it, screens and commands that only read have gaps."""
    CHANGE = auto()
    """The role for everything."""
    OPTIONAL = auto()
    """Only a role in which it is asked for: these rights reach further than stsview does."""


class Task(msgspec.Struct, frozen=True):
    """Something that a user can do with stsview, and the rights that it needs in addition to reading."""

    name: str
    """The id of an action, or the name of a command."""
    words: str
    """What it is, for tables: `shells and commands in containers (exec, dns --from)`."""
    needs: tuple[Need, ...]
    scope: Scope


LIST_SETS = Right("list", STATEFULSETS)
"""Without it in all namespaces, stsview looks for namespaces in which it has it."""

_PATCH_SET = Need(Right("patch", STATEFULSETS))
_DELETE_POD = Right("delete", PODS)
_EVICT = Right("create", PODS, "eviction")
_CREATE_SET, _DELETE_SET = Right("create", STATEFULSETS), Right("delete", STATEFULSETS)

FORWARD = Right("get", PODS, "portforward")
"""What the connection of a port-forward needs; since Kubernetes 1.35 also `create`, as exec does (feature gate
AuthorizePodWebsocketUpgradeCreatePermission; pkg/registry/core/pod/rest/subresources.go)."""

ACTION_NEEDS: Mapping[ActionId, tuple[Need, ...]] = {
    ActionId.SCALE: (Need(Right("patch", STATEFULSETS, "scale")),),
    ActionId.DELETE_POD: (Need(_DELETE_POD),),
    ActionId.FORCE_DELETE: (Need(_DELETE_POD),),
    ActionId.RECONCILE: (_PATCH_SET,),
    ActionId.RESTART: (_PATCH_SET,),
    ActionId.ORDERED_RESTART: (Need(_EVICT, When.EVICTION), Need(_DELETE_POD, When.DELETION)),
    ActionId.UNDO: (_PATCH_SET, Need(_DELETE_POD, When.BLOCKING_PODS)),
    ActionId.UNBLOCK: (Need(_DELETE_POD),),
    ActionId.CANARY_START: (_PATCH_SET,),
    ActionId.CANARY_NEXT: (_PATCH_SET,),
    ActionId.CANARY_ABORT: (_PATCH_SET, Need(_DELETE_POD, When.BLOCKING_PODS)),
    ActionId.PAUSE: (_PATCH_SET,),
    ActionId.RESUME: (_PATCH_SET,),
    ActionId.GROW: (
        Need(Right("patch", CLAIMS)),
        Need(Right("list", QUOTAS), When.READING),
        Need(Right("get", CLASSES), When.READING),
        Need(_EVICT, When.EVICTION),
        Need(_DELETE_SET, When.RECREATION),
        Need(_CREATE_SET, When.RECREATION),
        Need(Right("patch", STATEFULSETS), When.RETENTION),
        Need(Right("list", REPLICASETS), When.READING),
    ),
    ActionId.RECREATE: (
        Need(_DELETE_SET),
        Need(_CREATE_SET),
        Need(Right("patch", STATEFULSETS), When.RETENTION),
        Need(Right("get", CLASSES), When.READING),
        Need(Right("list", REPLICASETS), When.READING),
    ),
    ActionId.RESUME_RECREATE: (Need(_CREATE_SET, When.RECREATION), Need(Right("patch", STATEFULSETS), When.RETENTION)),
    ActionId.CORDON: (Need(Right("patch", NODES)),),
    ActionId.UNCORDON: (Need(Right("patch", NODES)),),
}

_ACTION_WORDS: Mapping[ActionId, str] = {
    ActionId.SCALE: "set the replicas of a set",
    ActionId.DELETE_POD: "delete a pod",
    ActionId.FORCE_DELETE: "force-delete a pod that is stuck Terminating",
    ActionId.RECONCILE: "make the controller look at a set again",
    ActionId.RESTART: "rolling restart",
    ActionId.ORDERED_RESTART: "restart pod by pod, by eviction, or deletion with `--delete`",
    ActionId.UNDO: "roll back; deletes pods that the rollback leaves blocked",
    ActionId.UNBLOCK: "delete pods that block their own replacement",
    ActionId.CANARY_START: "change the highest ordinals only",
    ActionId.CANARY_NEXT: "continue or finish a canary",
    ActionId.CANARY_ABORT: "take a canary back; deletes pods that this leaves blocked",
    ActionId.PAUSE: "pause a rollout",
    ActionId.RESUME: "resume it",
    ActionId.GROW: "grow PVCs; evicts pods where a file system needs that; with `--template`, recreates the set",
    ActionId.RECREATE: "change fields that Kubernetes keeps",
    ActionId.RESUME_RECREATE: "finish an interrupted recreation (`recreate --continue`)",
    ActionId.CORDON: "close a node to new pods",
    ActionId.UNCORDON: "open it again",
}


def _reads(*rights: Right) -> tuple[Need, ...]:
    return tuple(Need(right, When.READING) for right in rights)


def _watched() -> Iterator[Right]:
    for kind in WATCHED:
        yield Right("list", kind)
        yield Right("watch", kind)


_BY_NAME = tuple(Right("get", kind) for kind in READABLE_KINDS if kind not in (CONFIG_MAPS, SECRETS))

READING: tuple[Task, ...] = (
    Task("read", "sets and what belongs to them", _reads(*_watched(), *_BY_NAME), Scope.READ),
    Task("leases", "whether the kubelet of a node lives", _reads(Right("get", LEASES)), Scope.READ),
    Task("logs", "logs of containers", _reads(Right("get", PODS, "log")), Scope.READ),
    Task("namespaces", "the list of namespaces", _reads(Right("list", NAMESPACES)), Scope.READ),
    Task("usage", "CPU and memory, from metrics-server", _reads(Right("list", POD_METRICS)), Scope.READ),
)

_CONTAINERS: tuple[Task, ...] = (
    Task(
        "exec",
        "shells and commands in containers (`exec`, `dns --from`)",
        (Need(Right("get", PODS, "exec")), Need(Right("create", PODS, "exec"))),
        Scope.CHANGE,
    ),
    Task(
        "port-forward",
        "local ports to a pod",
        (Need(FORWARD), Need(Right("create", PODS, "portforward"))),
        Scope.CHANGE,
    ),
)

OPTIONAL: tuple[Task, ...] = (
    Task("volumes", "how full volumes are, from the kubelets", _reads(Right("get", NODES, "proxy")), Scope.OPTIONAL),
    Task("configmaps", "ConfigMaps that a set names", _reads(Right("get", CONFIG_MAPS)), Scope.OPTIONAL),
    Task("secrets", "names of the keys in Secrets that a set names", _reads(Right("get", SECRETS)), Scope.OPTIONAL),
)
"""Nothing depends on them but what is named here."""

CHANGES: tuple[Task, ...] = (
    *(Task(action.value, _ACTION_WORDS[action], needs, Scope.CHANGE) for action, needs in ACTION_NEEDS.items()),
    *_CONTAINERS,
)

TASKS: tuple[Task, ...] = (*READING, *CHANGES, *OPTIONAL)


def rights_of(action: ActionId, when: Collection[When] = ()) -> tuple[Right, ...]:
    """The rights that an action needs always, and those that it needs in these forms."""
    return tuple(need.right for need in ACTION_NEEDS[action] if need.when is When.ALWAYS or need.when in when)


def tasks_with(names: Sequence[str]) -> tuple[Task, ...]:
    """Reading, and the tasks of these names. Raises KeyError for the name of none."""
    by_name = {task.name: task for task in TASKS}
    return tuple(dict.fromkeys((*READING, *(by_name[name] for name in names))))


EVERY_CHANGE = tuple(task.name for task in TASKS if task.scope is Scope.CHANGE)
"""Names of the tasks that a role for everything contains in addition to reading."""
