"""Command line and configuration file combined: cluster, namespaces and settings."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection, Sequence
from functools import partial

from stsview.cli.support.select_sets import without_kind
from stsview.config import MOST_NAMESPACES, BadConfiguration, Configuration, load
from stsview.live.errors import CannotStart
from stsview.live.files.file_target import FileTarget
from stsview.live.target import KubeconfigTarget, Rules, Target
from stsview.model.settings import Acknowledgement, ModelSettings

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, as namespaces must be named (apimachinery/pkg/util/validation)."""


def resolve_configuration(arguments: argparse.Namespace) -> Configuration:
    """Read the configuration file. Raises `CannotStart` if it is invalid."""
    try:
        return load(arguments.config, rules=_rule_ids)
    except BadConfiguration as error:
        raise CannotStart(str(error)) from error


def _rule_ids() -> Collection[str]:
    from stsview.triage.catalogue import BY_ID, FORMER_RULES

    return {*BY_ID, *FORMER_RULES}


def resolve_target(arguments: argparse.Namespace, configuration: Configuration) -> KubeconfigTarget:
    """The cluster to connect to. Raises `CannotStart`."""
    return KubeconfigTarget(
        arguments.kubeconfig,
        arguments.context,
        resolve_namespaces(arguments),
        as_user=arguments.as_user,
        as_groups=tuple(arguments.as_groups),
        request_seconds=arguments.request_seconds or 0.0,
        configured=configuration.namespaces,
        rules=partial(resolve_rules, arguments, configuration),
    )


def resolve_source(arguments: argparse.Namespace, configuration: Configuration) -> Target | FileTarget:
    """The files of `--from`, else the cluster to connect to. Raises `CannotStart`."""
    if arguments.from_files:
        # Neither configuration nor kubeconfig is about what is in a file.
        return FileTarget(tuple(arguments.from_files), arguments.at, resolve_namespaces(arguments) or ())
    return resolve_target(arguments, configuration)


def resolve_rules(arguments: argparse.Namespace, configuration: Configuration, context: str) -> Rules:
    """What is allowed in a context.

    The command line can only forbid more than the file.
    """
    configured = configuration.contexts.get(context)
    read_only = "--read-only" if arguments.read_only else ""
    if not read_only and configured is not None and configured.read_only:
        read_only = f"the configuration file makes {context} read-only"
    return Rules(read_only, configured is not None and configured.protected)


def resolve_settings(arguments: argparse.Namespace, configuration: Configuration) -> ModelSettings:
    """How objects are judged; the command line takes precedence over the file."""
    defaults = ModelSettings()
    first = (configuration.role_label,) if configuration.role_label else ()
    return ModelSettings(
        cluster_domain=arguments.cluster_domain or configuration.cluster_domain,
        role_labels=tuple(dict.fromkeys((*first, *defaults.role_labels))),
        quorum=configuration.quorum,
        acknowledgements=tuple(
            Acknowledgement(one.rule, one.set, one.context, one.reason, one.until) for one in configuration.acknowledge
        ),
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
