"""Command line and configuration file combined: cluster, namespaces and settings."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from stsview.cli.arguments.cluster_arguments import names_several
from stsview.cli.support.contexts import chosen_contexts
from stsview.cli.support.select_sets import without_kind
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.errors import ConfigError
from stsview.config import MOST_NAMESPACES, BadConfiguration, Configuration, load
from stsview.live.clusters.targets import ClusterTargets
from stsview.live.errors import CannotStart
from stsview.live.files.file_target import FileTarget
from stsview.live.replay.recording_target import AnyTarget, RecordingTarget
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.finding import Level
from stsview.model.settings import Acknowledgement, ModelSettings, UsageLimits
from stsview.model.timing.durations import parse

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, as namespaces must be named (apimachinery/pkg/util/validation)."""


def resolve_configuration(arguments: argparse.Namespace) -> Configuration:
    """Read the configuration file. Raises `CannotStart` if it is invalid."""
    try:
        return load(arguments.config, rules=known_rules)
    except BadConfiguration as error:
        raise CannotStart(str(error)) from error


def known_rules() -> Mapping[str, str]:
    """The ids of the rules, present and former; for those that cannot be disabled, why."""
    from stsview.triage.catalogue import BY_ID, FORMER_RULES

    protecting = "it protects data; lower its level, or acknowledge its findings"
    present = {id_: protecting if rule.keeps else "" for id_, rule in BY_ID.items()}
    return present | {former: present[id_] for former, id_ in FORMER_RULES.items()}


def resolve_target(arguments: argparse.Namespace, configuration: Configuration) -> KubeconfigTarget:
    """The cluster to connect to. Raises `CannotStart`, also where several are named."""
    if not names_several(arguments):
        return _target(arguments, configuration, arguments.context)
    targets = _targets(arguments, configuration)
    if len(targets) > 1:
        raise CannotStart(f"{arguments.command} works on one cluster, not on {', '.join(targets)}: name one context")
    return next(iter(targets.values()))


def resolve_clusters(arguments: argparse.Namespace, configuration: Configuration) -> AnyTarget | ClusterTargets:
    """As `resolve_source`, for commands that work on several clusters too."""
    if not names_several(arguments) or arguments.replay or arguments.from_files:
        return resolve_source(arguments, configuration)
    targets = _targets(arguments, configuration)
    return ClusterTargets(targets) if len(targets) > 1 else next(iter(targets.values()))


def _targets(arguments: argparse.Namespace, configuration: Configuration) -> dict[str, KubeconfigTarget]:
    """The clusters that `--context a,b` or `--contexts PATTERN` name, by context."""
    try:
        kubeconfig = Kubeconfig.load(arguments.kubeconfig)
    except ConfigError as error:
        raise CannotStart(str(error)) from error
    names = chosen_contexts(arguments, kubeconfig)
    return {name: _target(arguments, configuration, name, kubeconfig) for name in names}


def _target(
    arguments: argparse.Namespace, configuration: Configuration, context: str | None, loaded: Kubeconfig | None = None
) -> KubeconfigTarget:
    return KubeconfigTarget(
        arguments.kubeconfig,
        context,
        resolve_namespaces(arguments),
        as_user=arguments.as_user,
        as_groups=tuple(arguments.as_groups),
        request_seconds=arguments.request_seconds or 0.0,
        configured=configuration.namespaces,
        rules=partial(resolve_rules, arguments, configuration),
        loaded=loaded,
    )


def resolve_source(arguments: argparse.Namespace, configuration: Configuration) -> AnyTarget:
    """The files of `--from`, the recording of `--replay`, else the cluster to connect to. Raises `CannotStart`."""
    if arguments.replay:
        return RecordingTarget(arguments.replay, arguments.at, resolve_namespaces(arguments) or ())
    if arguments.from_files:
        # Neither configuration nor kubeconfig is about what is in a file.
        return FileTarget(tuple(arguments.from_files), arguments.at, resolve_namespaces(arguments) or ())
    return resolve_target(arguments, configuration)


def resolve_rules(arguments: argparse.Namespace, configuration: Configuration, context: str) -> Rules:
    """What is allowed in a context.

    The command line can only forbid more than the file.
    """
    read_only = "--read-only" if arguments.read_only else ""
    if not read_only and (entry := configuration.read_only_by(context)):
        by = "" if entry == context else f', by [contexts."{entry}"]'
        read_only = f"the configuration file makes {context} read-only{by}"
    return Rules(read_only, configuration.is_protected(context))


def resolve_settings(arguments: argparse.Namespace, configuration: Configuration) -> ModelSettings:
    """How objects are judged; the command line takes precedence over the file."""
    limits = configuration.thresholds
    settings = ModelSettings(
        cluster_domain=arguments.cluster_domain or configuration.cluster_domain,
        role_labels=_role_labels(configuration.role_label),
        quorum=configuration.quorum,
        acknowledgements=tuple(
            Acknowledgement(one.rule, one.set, one.context, one.reason, one.until) for one in configuration.acknowledge
        ),
        schedule_grace=parse(limits.scheduling),
        ready_grace=parse(limits.ready),
        provision_grace=parse(limits.provisioning),
        attach_grace=parse(limits.attaching),
        resize_grace=parse(limits.resizing),
        long_grace=parse(limits.terminating),
        delete_grace=parse(limits.deleting),
        drain_grace=parse(limits.draining),
        canary_age=parse(limits.canary),
        pause_age=parse(limits.paused),
        long_min_ready=parse(limits.min_ready),
        usage=UsageLimits(limits.volume_full, limits.memory),
    )
    if any(one.cluster_domain or one.role_label for one in configuration.contexts.values()):
        settings = replace(settings, by_context=partial(_of_context, configuration, arguments.cluster_domain))
    return _with_rules(settings, configuration) if configuration.rules else settings


def _role_labels(first: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*((first,) if first else ()), *ModelSettings().role_labels)))


def _of_context(configuration: Configuration, domain: str | None, context: str) -> Mapping[str, Any]:
    return {
        "cluster_domain": domain or configuration.domain_of(context),
        "role_labels": _role_labels(configuration.role_label_of(context)),
    }


def _with_rules(settings: ModelSettings, configuration: Configuration) -> ModelSettings:
    # Not before: most files name no rule, and the catalogue takes some time to import.
    from stsview.triage.catalogue import FORMER_RULES

    rules = {FORMER_RULES.get(id_, id_): one for id_, one in configuration.rules.items()}
    return replace(
        settings,
        disabled_rules=frozenset(id_ for id_, one in rules.items() if not one.enabled),
        rule_levels={id_: Level[one.level.upper()] for id_, one in rules.items() if one.level},
    )


def resolve_namespaces(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """The namespaces that the command line names.

    Empty for all, None if it names none.

    Without `-n` and `-A`, the namespaces of `namespace/name` arguments count, if every argument has one. Raises
    `CannotStart` for an invalid name, and for too many names.
    """
    if arguments.all_namespaces:
        return ()
    names: tuple[str, ...] | None
    if arguments.namespace is None:
        one = getattr(arguments, "name", "") or getattr(arguments, "set", "")
        if member := getattr(arguments, "member", ""):
            # The last part of `set/ordinal` is no name.
            parent, _, last = member.rpartition("/")
            one = parent if last.isdecimal() else member
        several = getattr(arguments, "sets", None)
        # The demo has an option of that name, which is a number.
        names = _namespaces_of([one] if one else several if isinstance(several, list) else [])
        if names is None:
            return None
    else:
        names = tuple(dict.fromkeys(name.strip() for name in arguments.namespace.split(",")))
    for name in names:
        if not _LABEL.fullmatch(name):
            raise CannotStart(
                f"{name!r} is not a valid namespace: use lower-case letters, digits and '-', as in -n data,infra"
            )
    if len(names) > MOST_NAMESPACES:
        raise CannotStart(f"{len(names)} namespaces are too many to watch one by one: name at most {MOST_NAMESPACES}")
    return names


def _namespaces_of(names: Sequence[str]) -> tuple[str, ...] | None:
    """The namespaces of `namespace/name` arguments; None if one has none, or an invalid one."""
    parts = [without_kind(name).partition("/") for name in names]
    if not parts or not all(slash and _LABEL.fullmatch(namespace) for namespace, slash, _ in parts):
        return None
    return tuple(dict.fromkeys(namespace for namespace, *_ in parts))
