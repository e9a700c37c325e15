"""What command line and configuration file together say: which cluster, which namespaces, and how sets are judged."""

from __future__ import annotations

import argparse
import re
from functools import partial

from stsview.cli.support.select_sets import without_kind
from stsview.config import MOST_NAMESPACES, BadConfiguration, Configuration, load
from stsview.live.errors import CannotStart
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, as namespaces must be named (apimachinery/pkg/util/validation)."""


def chosen_configuration(arguments: argparse.Namespace) -> Configuration:
    """The configuration file's content. Raises `CannotStart` for one that cannot be used."""
    try:
        return load(arguments.config)
    except BadConfiguration as error:
        raise CannotStart(str(error)) from error


def chosen_target(arguments: argparse.Namespace, configuration: Configuration) -> KubeconfigTarget:
    """The cluster to look at. Raises `CannotStart`."""
    return KubeconfigTarget(
        arguments.kubeconfig,
        arguments.context,
        chosen_namespaces(arguments),
        as_user=arguments.as_user,
        as_groups=tuple(arguments.as_groups),
        configured=configuration.namespaces,
        rules=partial(chosen_rules, arguments, configuration),
    )


def chosen_rules(arguments: argparse.Namespace, configuration: Configuration, context: str) -> Rules:
    """What may be done in a context: the command line can only forbid more than the file."""
    written = configuration.contexts.get(context)
    read_only = "--read-only" if arguments.read_only else ""
    if not read_only and written is not None and written.read_only:
        read_only = f"the configuration says that {context} is read-only"
    return Rules(read_only, written is not None and written.protected)


def chosen_settings(arguments: argparse.Namespace, configuration: Configuration) -> ModelSettings:
    """How objects are judged; what is said on the command line goes before what stands in the file."""
    known = ModelSettings()
    first = (configuration.role_label,) if configuration.role_label else ()
    return ModelSettings(
        cluster_domain=arguments.cluster_domain or configuration.cluster_domain,
        role_labels=tuple(dict.fromkeys((*first, *known.role_labels))),
        quorum=configuration.quorum,
    )


def chosen_namespaces(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """The namespaces that the command line names: none of them for all, None where it says nothing. What a command is
    about may be written with its namespace; then that is looked at.

    Raises `CannotStart` for what can be no name, and for too many of them.
    """
    if arguments.all_namespaces:
        return ()
    if arguments.namespace is None:
        return _namespace_of(getattr(arguments, "about", "") or getattr(arguments, "set", ""))
    names = tuple(dict.fromkeys(name.strip() for name in arguments.namespace.split(",")))
    for name in names:
        if not _LABEL.fullmatch(name):
            raise CannotStart(f"{name!r} is no name of a namespace: letters, digits and '-', as in -n data,infra")
    if len(names) > MOST_NAMESPACES:
        raise CannotStart(f"{len(names)} namespaces are too many to look at one by one; name up to {MOST_NAMESPACES}")
    return names


def _namespace_of(name: str) -> tuple[str, ...] | None:
    """Of `namespace/name`; None where there is none, or nothing that could be one."""
    namespace, slash, _ = without_kind(name).partition("/")
    return (namespace,) if slash and _LABEL.fullmatch(namespace) else None
