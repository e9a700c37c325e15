"""A kubeconfig for the simulated cluster."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

TOKEN_PATH = "/token/"  # noqa: S105
"""A path prefix that is followed by a token, ahead of the API's paths."""


def write(path: Path, *, url: str, token: str, name: str = "stsview-demo", namespace: str = "default") -> None:
    """Write a kubeconfig of one cluster, user and context, with mode 0600.

    kubectl sends no bearer token over plain HTTP (clientcmd reads the user of a kubeconfig for TLS only), but it keeps
    the path of the server's URL. The token is therefore in both places, and the server accepts either.

    The file is replaced atomically. Raises `OSError`.
    """
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": f"{url}{TOKEN_PATH}{token}"}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yaml.safe_dump(config, file, sort_keys=False)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
