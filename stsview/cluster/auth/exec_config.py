"""Validation of the `exec` and `auth-provider` parts of a user entry.

Runs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from stsview.cluster.auth.kubeconfig_file import Cluster, Exec
from stsview.cluster.config import ExecPlugin
from stsview.cluster.errors import ConfigError, printable_line

API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")

_EXTENSION = "client.authentication.k8s.io/exec"
"""Name of the cluster extension that is passed to plugins (client-go, clientcmd/api/types.go)."""

_INSTEAD = {
    "gcp": "install gke-gcloud-auth-plugin and run `gcloud container clusters get-credentials`",
    "azure": "run `kubelogin convert-kubeconfig`",
    "oidc": "use the exec plugin `kubectl oidc-login` instead",
}


def auth_provider(entry: Mapping[str, Any]) -> str:
    """Why an auth-provider cannot be used, to follow `… uses `.

    Kubernetes 1.26 removed those of clouds.
    """
    name = printable_line(str(entry.get("name") or "nameless"), 60)
    removed = "is no longer supported by kubectl either" if name in ("gcp", "azure") else "stsview does not support"
    return f"the auth-provider {name}, which {removed}; {_INSTEAD.get(name, 'use an exec plugin instead')}"


def exec_plugin(entry: Exec | None, folder: Path, origin: str, cluster: Cluster | None) -> ExecPlugin | None:
    """The exec plugin of a user entry.

    `folder` and `origin` as in `stsview.cluster.auth.kubeconfig_entries`.

    Raises `ConfigError` for what kubectl rejects too (clientcmd/validation.go, validateAuthInfo), and for plugins that
    must prompt on the terminal, which the dashboard draws on.
    """
    if entry is None:
        return None
    if not entry.command:
        raise ConfigError(f"{origin}: the exec plugin has no command; add one, or log in to the cluster again")
    prefix = f"{origin}: exec plugin {printable_line(entry.command, 100)}"
    if entry.api_version not in API_VERSIONS:
        version = printable_line(entry.api_version, 60) or "none"
        raise ConfigError(
            f"{prefix}: apiVersion {version} is not supported; update the plugin to {' or '.join(API_VERSIONS)}"
        )
    match entry.interactive_mode:
        case "Never" | "IfAvailable":
            pass
        case "" if entry.api_version.endswith("/v1beta1"):
            pass
        case "Always":
            raise ConfigError(
                f"{prefix} prompts on the terminal (interactiveMode: Always), which the dashboard draws on; "
                "use a login without prompts, or a token"
            )
        case mode:
            raise ConfigError(
                f"{prefix}: interactiveMode {printable_line(mode, 60) or 'none'} is not supported; "
                "use Never or IfAvailable"
            )
    if any(not variable.name or "=" in variable.name for variable in entry.env):
        raise ConfigError(f"{prefix}: an env entry has no valid name; correct it")
    variables = tuple((variable.name, variable.value) for variable in entry.env)
    if any("\0" in text for text in (entry.command, *entry.args, *(part for pair in variables for part in pair))):
        raise ConfigError(f"{prefix}: command, args or env contain null characters; remove them")
    return ExecPlugin(
        # Only a name with a separator is a path, relative to the file (clientcmd/loader.go, ResolveLocalPaths).
        command=str(folder.absolute() / entry.command) if os.sep in entry.command else entry.command,
        api_version=entry.api_version,
        args=entry.args,
        env=variables,
        install_hint=printable_line(entry.install_hint, 300),
        provide_cluster_info=entry.provide_cluster_info,
        cluster_extension=_extension(cluster, prefix) if entry.provide_cluster_info else b"",
    )


def _extension(cluster: Cluster | None, prefix: str) -> bytes:
    for extension in cluster.extensions if cluster is not None else ():
        if extension.name == _EXTENSION and extension.extension is not None:
            try:
                return msgspec.json.encode(extension.extension)
            except (TypeError, ValueError, msgspec.EncodeError, RecursionError):
                pass
            raise ConfigError(f"{prefix}: the cluster extension {_EXTENSION} cannot be written as JSON; correct it")
    return b""
