"""The `exec` and `auth-provider` parts of a user entry: checked as far as that goes without running anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from stsview.cluster.auth.kubeconfig_file import Cluster, Exec
from stsview.cluster.config import ExecPlugin
from stsview.cluster.errors import ConfigError, one_line

API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")

_EXTENSION = "client.authentication.k8s.io/exec"
"""Name of the extension of a cluster entry that is handed to plugins (client-go, clientcmd/api/types.go)."""

_INSTEAD = {
    "gcp": "install gke-gcloud-auth-plugin and run `gcloud container clusters get-credentials`",
    "azure": "run `kubelogin convert-kubeconfig`",
    "oidc": "use the exec plugin `kubectl oidc-login` instead",
}


def auth_provider(entry: Mapping[str, Any]) -> str:
    """What to say of an auth-provider, after `… uses `: those of clouds were removed in Kubernetes 1.26."""
    name = one_line(str(entry.get("name") or "nameless"), 60)
    whose = "neither kubectl nor stsview supports any more" if name in ("gcp", "azure") else "stsview does not support"
    return f"the auth-provider {name}, which {whose}; {_INSTEAD.get(name, 'use an exec plugin instead')}"


def exec_plugin(entry: Exec | None, folder: Path, origin: str, cluster: Cluster | None) -> ExecPlugin | None:
    """The plugin that a user entry names. `folder` and `origin` as in `stsview.cluster.auth.kubeconfig_entries`.

    Raises `ConfigError` for what kubectl refuses too (clientcmd/validation.go, validateAuthInfo), and for plugins that
    must ask the user something on the terminal: that is where the screens are.
    """
    if entry is None:
        return None
    if not entry.command:
        raise ConfigError(f"{origin}: its exec plugin has no command; correct it, or log in to the cluster again")
    shown = f"{origin}: its exec plugin {one_line(entry.command, 100)}"
    if entry.api_version not in API_VERSIONS:
        version = one_line(entry.api_version, 60) or "none"
        raise ConfigError(f"{shown} has the apiVersion {version}, not {' or '.join(API_VERSIONS)}; update the plugin")
    match entry.interactive_mode:
        case "Never" | "IfAvailable":
            pass
        case "" if entry.api_version.endswith("/v1beta1"):
            pass
        case "Always":
            raise ConfigError(
                f"{shown} must ask on the terminal (interactiveMode: Always), which the dashboard draws on; "
                "use a login that need not, or a token"
            )
        case mode:
            raise ConfigError(
                f"{shown} has the interactiveMode {one_line(mode, 60) or 'none'}; make it Never or IfAvailable"
            )
    if any(not variable.name or "=" in variable.name for variable in entry.env):
        raise ConfigError(f"{shown} has an env entry without a usable name; correct it there")
    variables = tuple((variable.name, variable.value) for variable in entry.env)
    if any("\0" in text for text in (entry.command, *entry.args, *(part for pair in variables for part in pair))):
        raise ConfigError(f"{shown} has a command, args or env with null characters; correct it there")
    return ExecPlugin(
        # Only what holds a separator is a path, and counts from the file (clientcmd/loader.go, ResolveLocalPaths).
        command=str(folder.absolute() / entry.command) if os.sep in entry.command else entry.command,
        api_version=entry.api_version,
        args=entry.args,
        env=variables,
        install_hint=one_line(entry.install_hint, 300),
        provide_cluster_info=entry.provide_cluster_info,
        cluster_extension=_extension(cluster, shown) if entry.provide_cluster_info else b"",
    )


def _extension(cluster: Cluster | None, shown: str) -> bytes:
    for extension in cluster.extensions if cluster is not None else ():
        if extension.name == _EXTENSION and extension.extension is not None:
            try:
                return msgspec.json.encode(extension.extension)
            except (TypeError, ValueError, msgspec.EncodeError, RecursionError):
                pass
            raise ConfigError(f"{shown} wants the cluster's extension {_EXTENSION}, which is no JSON; correct it there")
    return b""
