"""The keys of the configuration file.

A new key is one line in one of the structs, with a description of its valid values, which completes the error message
for an invalid one. `example.toml` documents it; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any

from msgspec import Meta, Struct

MOST_NAMESPACES = 50
"""Limit of namespaces watched one by one: each needs a connection for every kind that is watched in it."""

THEMES = ("dark", "light", "high-contrast", "colour-blind")

LEVELS = ("notice", "warning", "error")

FLEET_COLUMNS = ("namespace", "name", "ordinals", "ready", "rollout", "pvcs", "why")
"""Columns of the fleet in their usual order; before them is always the sign of the severity."""

SET_COLUMNS = (
    "ordinal",
    "state",
    "role",
    "revision",
    "node",
    "restarts",
    "pvc",
    "size",
    "volume",
    "full",
    "cpu",
    "memory",
    "dns",
    "since",
)
"""Columns of a set in their usual order."""

FLEET_SORTS = (*FLEET_COLUMNS, "cluster")
"""The cluster is shown, and can be told apart, where there are several."""

SET_SORTS = tuple(name for name in SET_COLUMNS if name not in ("volume", "full", "cpu", "memory", "dns"))

FLEET_REQUIRED = ("name",)
SET_REQUIRED = ("ordinal", "state")
"""Columns that cannot be hidden: without them nothing says which row is which, or whether it is well."""


def one_of(names: Sequence[str]) -> str:
    """`"dark", "light" or "high-contrast"`, as in an error message."""
    quoted = [f'"{name}"' for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _names(names: Sequence[str], before: str = "", **more: Any) -> Any:
    """Restricts a text to `names`; the nearest of them is suggested for another."""
    pattern = rf"^{before}({'|'.join(names)})\Z"
    return Meta(pattern=pattern, description=one_of(names), extra={"names": tuple(names)}, **more)


_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(\.{_LABEL})*"

_Namespace = Annotated[
    str, Meta(pattern=rf"^{_LABEL}\Z", description="the name of a namespace: lower-case letters, digits and '-'")
]
_Members = Annotated[int, Meta(ge=1, description="a number of members ≥ 1")]
_Domain = Annotated[str, Meta(pattern=rf"^{_DOMAIN}\Z", description='a DNS domain in quotes, as in "cluster.local"')]
_Boolean = Annotated[bool, Meta(description="true or false")]
_Duration = Annotated[
    str,
    Meta(
        # From a second to some months: a limit that never ends would hide what it is for.
        pattern=r"^([1-9]\d{0,4}s|[1-9]\d{0,3}m|[1-9]\d{0,2}h|[1-9]\d?d)\Z",
        description='a duration in quotes, as in "90s", "10m", "2h" or "3d"',
    ),
]
_Sort = "a column to sort by in quotes, with - before it for the reverse order: "


class FleetConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """The table of the fleet."""

    columns: Annotated[
        tuple[Annotated[str, _names(FLEET_COLUMNS)], ...],
        Meta(description='a list of columns in their order, as in ["name", "ready", "why"]'),
    ] = ()
    """Empty: the usual ones."""
    sort: Annotated[
        str,
        Meta(
            pattern=rf"^-?({'|'.join(FLEET_SORTS)})\Z",
            description=f"{_Sort}{one_of(FLEET_SORTS)}",
            extra={"names": FLEET_SORTS},
        ),
    ] = "why"


class SetConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """The table of one set."""

    columns: Annotated[
        tuple[Annotated[str, _names(SET_COLUMNS)], ...],
        Meta(description='a list of columns in their order, as in ["ordinal", "state", "node"]'),
    ] = ()
    """Empty: the usual ones."""
    sort: Annotated[
        str,
        Meta(
            pattern=rf"^-?({'|'.join(SET_SORTS)})\Z",
            description=f"{_Sort}{one_of(SET_SORTS)}",
            extra={"names": SET_SORTS},
        ),
    ] = "ordinal"


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on something counts as a problem. The defaults are those of `stsview.model.settings`."""

    scheduling: _Duration = "2m"
    """How long a pod may wait for the scheduler, or for its PVCs to be bound."""
    ready: _Duration = "10m"
    """How long a pod may take to start, or stay not Ready."""
    provisioning: _Duration = "2m"
    """How long a provisioner may take for a volume."""
    attaching: _Duration = "2m"
    """How long a volume may take to be attached and mounted."""
    resizing: _Duration = "10m"
    """How long each step of a volume expansion may take."""
    terminating: _Duration = "5m"
    """How long a pod may use its grace period."""
    deleting: _Duration = "10m"
    """How long a set may take to be deleted."""
    draining: _Duration = "5m"
    """How long a cordoned node may keep a pod that cannot be evicted."""
    canary: _Duration = "3d"
    """How long a partition may hold a canary."""
    paused: _Duration = "1h"
    """How long a partition may hold a rollout before its first pod."""
    min_ready: _Duration = "1h"
    """From this minReadySeconds on, rollouts that wait for it are reported."""
    volume_full: Annotated[float, Meta(gt=0, lt=1, description="a number between 0 and 1, as in 0.85")] = 0.85
    """From which share of its bytes or inodes on a volume counts as nearly full."""
    memory: Annotated[float, Meta(gt=0, lt=1, description="a number between 0 and 1, as in 0.9")] = 0.9
    """From which share of its limit on the memory of a container is reported."""


class UsageConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """How usage is measured."""

    background: _Boolean = True
    """Whether the dashboard measures the volumes of a small cluster once a minute, also while no set is shown."""


class RuleConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule."""

    enabled: _Boolean = True
    """Whether it is evaluated. What checks and screens say names the disabled rules."""
    level: Annotated[str, _names(LEVELS)] = ""
    """The level of its findings; empty: that of the rule."""


class ContextConfiguration(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the contexts of the kubeconfig with a name, or that match a pattern."""

    namespaces: Annotated[
        tuple[_Namespace, ...],
        Meta(
            max_length=MOST_NAMESPACES,
            description=f'a list of up to {MOST_NAMESPACES} names, as in ["data", "infra"]',
        ),
    ] = ()
    """The namespaces to watch unless the command line names others; empty: that of the context."""
    read_only: _Boolean = False
    """Whether changes in this context are refused."""
    protected: _Boolean = False
    """Whether a change in this context requires its name to be typed, in addition to any other confirmation."""
    cluster_domain: _Domain | None = None
    """Instead of the `cluster_domain` of all contexts."""
    role_label: (
        Annotated[
            str, Meta(min_length=1, max_length=317, description='the key of a pod label, as in "example.com/role"')
        ]
        | None
    ) = None
    """Instead of the `role_label` of all contexts."""


class AcknowledgedFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings that are known and harmless."""

    rule: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\Z", description='a rule id in quotes, as in "service-missing"')]
    reason: Annotated[str, Meta(min_length=1, max_length=500, description="a text in quotes that says why")]
    set: Annotated[
        str,
        Meta(
            pattern=r"^[^/\s]+(/[^/\s]+)?\Z",
            description='a namespace or "namespace/name", where * matches any characters',
        ),
    ] = "*"
    context: Annotated[str, Meta(min_length=1, description="the name of a context, where * matches any characters")] = (
        "*"
    )
    until: Annotated[date | None, Meta(description="a date without quotes, as in 2027-01-31")] = None
    """The last day, in UTC, on which it holds."""


_Key = Annotated[str, Meta(min_length=1, max_length=40, description='a key in quotes, as in "m", "ctrl+e" or "f5"')]


class Configuration(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    cluster_domain: _Domain = "cluster.local"
    role_label: Annotated[
        str, Meta(max_length=317, description='the key of a pod label in quotes, as in "example.com/role"')
    ] = ""
    """The pod label with a member's role, before the built-in ones; empty: only those."""
    theme: Annotated[str, _names(THEMES)] = ""
    """The theme of the dashboard unless the command line names one; empty: one that suits the terminal."""
    fleet: Annotated[FleetConfiguration, Meta(description="a table, as in [fleet]")] = FleetConfiguration()
    set: Annotated[SetConfiguration, Meta(description="a table, as in [set]")] = SetConfiguration()
    keys: Annotated[
        dict[
            Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*\Z", description="the id of a command, as in retry")],
            _Key
            | Annotated[tuple[_Key, ...], Meta(max_length=5, description='up to five keys, as in ["m", "ctrl+e"]')],
        ],
        Meta(description='a table of keys, as in nodes = "m"'),
    ] = {}
    """By id of a command: its keys instead of the usual ones; an empty list: no key."""
    thresholds: Annotated[Thresholds, Meta(description="a table, as in [thresholds]")] = Thresholds()
    usage: Annotated[UsageConfiguration, Meta(description="a table, as in [usage]")] = UsageConfiguration()
    rules: Annotated[
        dict[
            Annotated[str, Meta(pattern=r"^[a-z0-9-]+\Z", description="the id of a rule, as in leftover-claims")],
            Annotated[RuleConfiguration, Meta(description="a table, as in [rules.leftover-claims]")],
        ],
        Meta(description="one table for each rule, as in [rules.leftover-claims]"),
    ] = {}
    contexts: Annotated[
        dict[str, ContextConfiguration], Meta(description='one table for each context, as in [contexts."prod"]')
    ] = {}
    """By name of a context, where * matches any characters."""
    quorum: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+\Z", description='a set as "namespace/name"')], _Members],
        Meta(description='a table of numbers, as in "data/kafka" = 2'),
    ] = {}
    """By `namespace/name` of a set: how many of its members must be available."""
    acknowledge: Annotated[
        tuple[AcknowledgedFindings, ...],
        Meta(max_length=1000, description="entries of up to 1000 tables, each with the heading [[acknowledge]]"),
    ] = ()

    filters: Annotated[
        dict[
            Annotated[
                str,
                Meta(pattern=r"^[A-Za-z0-9_.-]+\Z", description="letters, digits, '-', '_' and '.'"),
            ],
            Annotated[
                str, Meta(min_length=1, max_length=500, description='a filter in quotes, as in "ns:data !is:healthy"')
            ],
        ],
        Meta(description='a table of filters, as in mine = "ns:data !is:healthy"'),
    ] = {}
    """By name: what can be typed after `/`."""

    exec: Annotated[
        dict[
            Annotated[
                str,
                Meta(
                    pattern=r"^[^/\s]+/[^/\s]+\Z",
                    description='a set as "namespace/name", where * matches any characters',
                ),
            ],
            Annotated[
                dict[
                    Annotated[str, Meta(pattern=r"^\S(.{0,58}\S)?\Z", description="a name of up to 60 characters")],
                    Annotated[
                        str,
                        Meta(
                            min_length=1,
                            max_length=2000,
                            description='a command line in quotes, as in "kafka-topics --list"',
                        ),
                    ],
                ],
                Meta(description='a table of command lines, as in topics = "kafka-topics --list"'),
            ],
        ],
        Meta(description='one table for each set, as in [exec."data/kafka"]'),
    ] = {}
    """By set and name: command lines to run in a pod of the set."""

    def of_context(self, context: str) -> Iterator[tuple[str, ContextConfiguration]]:
        """The entries about a context, by their names: that of its own name, then the patterns in their order."""
        if context in self.contexts:
            yield context, self.contexts[context]
        for name, entry in self.contexts.items():
            if name != context and "*" in name and fnmatchcase(context, _only_stars(name)):
                yield name, entry

    def namespaces(self, context: str) -> tuple[str, ...]:
        """The namespaces to watch in a context; empty if the file names none."""
        return next((one.namespaces for _, one in self.of_context(context) if one.namespaces), ())

    def read_only_by(self, context: str) -> str:
        """The entry that makes a context read-only; empty where none does."""
        return next((name for name, one in self.of_context(context) if one.read_only), "")

    def is_protected(self, context: str) -> bool:
        return any(one.protected for _, one in self.of_context(context))

    def domain_of(self, context: str) -> str:
        """The DNS domain of the cluster of a context."""
        own = (one.cluster_domain for _, one in self.of_context(context))
        return next(filter(None, own), self.cluster_domain)

    def role_label_of(self, context: str) -> str:
        """The pod label with a member's role in a context; empty: only the built-in ones."""
        return next(filter(None, (one.role_label for _, one in self.of_context(context))), self.role_label)


def _only_stars(pattern: str) -> str:
    """A shell pattern in which only `*` is special: names of contexts may have brackets."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
