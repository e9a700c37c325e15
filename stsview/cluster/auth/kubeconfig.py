"""Kubeconfig as kubectl reads it: files, merging, and one context of them.

Follows k8s.io/client-go/tools/clientcmd (loader.go, client_config.go, validation.go) and the Kubernetes documentation,
"Organizing Cluster Access Using kubeconfig Files". kubernetes-asyncio's own reader is not used: of several files it
takes the *last* current-context where kubectl takes the first, and so selects the wrong cluster.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from stsview.cluster.auth import kubeconfig_entries
from stsview.cluster.auth.incluster import SERVICE_ACCOUNT, in_cluster_config
from stsview.cluster.auth.kubeconfig_file import Cluster, Context, User, read_document
from stsview.cluster.config import ClusterConfig, Credentials, Impersonation, Pem, Tls
from stsview.cluster.errors import ConfigError, printable_line
from stsview.nearest import did_you_mean
from stsview.program_name import program_name

T = TypeVar("T")

__all__ = ["ClusterConfig", "Credentials", "Impersonation", "Kubeconfig", "Pem", "Tls"]


class _Merged(msgspec.Struct, frozen=True):
    """Entries by name, each with its file; the first file that defines a name wins."""

    current_context: str = ""
    named_in: Path | None = None
    clusters: dict[str, tuple[Path, Cluster]] = msgspec.field(default_factory=dict)
    users: dict[str, tuple[Path, User]] = msgspec.field(default_factory=dict)
    contexts: dict[str, tuple[Path, Context]] = msgspec.field(default_factory=dict)


class Kubeconfig:
    """The contexts to choose from.

    Read once: later changes of the files have no effect.
    """

    def __init__(self, merged: _Merged, origin: str, in_cluster: ClusterConfig | None = None) -> None:
        self._merged = merged
        self._origin = origin
        self._in_cluster = in_cluster

    @classmethod
    def load(
        cls,
        path: str | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        service_account: Path = SERVICE_ACCOUNT,
    ) -> Kubeconfig:
        """Read a kubeconfig from its usual places.

        `path` if given, else the files of $KUBECONFIG, else ~/.kube/config, else the pod's service account.

        Files in $KUBECONFIG that do not exist are skipped. Raises `ConfigError`.
        """
        environ = os.environ if environ is None else environ
        if path:
            paths, origin = [Path(path)], f"kubeconfig {printable_line(path)}"
        elif variable := environ.get("KUBECONFIG", ""):
            names = dict.fromkeys(name for name in variable.split(os.pathsep) if name)
            paths, origin = [Path(name) for name in names], f"$KUBECONFIG ({printable_line(variable)})"
        else:
            home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - Path raises for a user without a home directory
            default = Path(home, ".kube", "config")
            paths, origin = [default], f"kubeconfig {printable_line(str(default))}"
        merged, found = _merge(paths)
        if not found and path:
            raise ConfigError(f"{origin} does not exist; check --kubeconfig")
        if not (merged.clusters or merged.contexts or merged.current_context) and not path:
            in_cluster = in_cluster_config(environ, service_account)
            if in_cluster is not None:
                return cls(merged, "the pod's service account", in_cluster)
        if not found:
            hint = f"set KUBECONFIG, use --kubeconfig, or try: {program_name()} demo"
            raise ConfigError(f"{origin} does not exist; {hint}")
        return cls(merged, origin)

    def contexts(self) -> tuple[str, ...]:
        """Names of the contexts, in the order of the files."""
        return (self._in_cluster.context,) if self._in_cluster is not None else tuple(self._merged.contexts)

    @property
    def current_context(self) -> str:
        """The context to use by default; empty when no file names one."""
        return self._in_cluster.context if self._in_cluster is not None else self._merged.current_context

    def config(self, context: str | None = None, namespace: str | None = None) -> ClusterConfig:
        """The configuration of one context, validated without a connection.

        By default the current context.

        `namespace` replaces that of the context. Raises `ConfigError` when something is missing or cannot be used.
        """
        if self._in_cluster is not None:
            if context not in (None, "", self._in_cluster.context):
                raise ConfigError(f"no kubeconfig to find context {printable_line(context, 100)!r} in; set KUBECONFIG")
            return kubeconfig_entries.with_namespace(self._in_cluster, namespace, self._origin)
        name = context or self._merged.current_context
        if not name:
            raise ConfigError(f"{self._origin} has no current-context; choose one with --context{self._choice()}")
        if name not in self._merged.contexts:
            which = "" if context else "current-context: "
            where = f"kubeconfig {printable_line(str(self._merged.named_in))}" if not context else self._origin
            raise ConfigError(f"{where}: {which}no context {printable_line(name, 100)!r}{self._choice(name)}")
        context_file, entry = self._merged.contexts[name]
        here = f"kubeconfig {printable_line(str(context_file))}, context {printable_line(name, 100)!r}"
        cluster_file, cluster = _entry(self._merged.clusters, entry.cluster, "cluster", here)
        if entry.user:
            user_file, user = _entry(self._merged.users, entry.user, "user", here)
        else:
            user_file, user = context_file, User()
        cluster_origin = (
            f"kubeconfig {printable_line(str(cluster_file))}, cluster {printable_line(entry.cluster, 100)!r}"
        )
        user_origin = f"kubeconfig {printable_line(str(user_file))}, user {printable_line(entry.user, 100)!r}"
        tls = kubeconfig_entries.tls(cluster, cluster_file.parent, cluster_origin, user, user_file.parent, user_origin)
        config = ClusterConfig(
            context=name,
            cluster=entry.cluster,
            user=entry.user,
            server=kubeconfig_entries.server(cluster, tls, cluster_origin),
            namespace=entry.namespace,
            credentials=kubeconfig_entries.credentials(user, user_file.parent, user_origin, cluster),
            tls=tls,
            proxy_url=kubeconfig_entries.proxy_url(cluster, cluster_origin),
        )
        return kubeconfig_entries.with_namespace(config, namespace, here)

    def _choice(self, wrong: str = "") -> str:
        """The nearest context to one that does not exist, else those that there are."""
        names = self.contexts()
        if not names:
            return "; it has no contexts: log in to a cluster first"
        if close := did_you_mean(wrong, [printable_line(name, 60) for name in names]):
            return close
        some = ", ".join(printable_line(name, 60) for name in names[:5])
        return f"; available: {some}{', …' if len(names) > 5 else ''}"


def _merge(paths: list[Path]) -> tuple[_Merged, bool]:
    """The entries of all files, and whether any of them exists."""
    merged, found = _Merged(), False
    current, named_in = "", None
    for path in paths:
        try:
            document = read_document(path)
        except FileNotFoundError:
            continue
        found = True
        if not current and document.current_context:
            current, named_in = document.current_context, path
        for cluster in document.clusters:
            merged.clusters.setdefault(cluster.name, (path, cluster.cluster))
        for user in document.users:
            merged.users.setdefault(user.name, (path, user.user))
        for context in document.contexts:
            merged.contexts.setdefault(context.name, (path, context.context))
    return _Merged(current, named_in, merged.clusters, merged.users, merged.contexts), found


def _entry(named: Mapping[str, tuple[Path, T]], name: str, what: str, here: str) -> tuple[Path, T]:
    if not name:
        raise ConfigError(f"{here} has no {what}; add one")
    if name not in named:
        raise ConfigError(f"{here}: {what} {printable_line(name, 100)!r} is not defined; add it, or choose --context")
    return named[name]
