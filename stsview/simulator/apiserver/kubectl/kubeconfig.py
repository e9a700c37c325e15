"""A kubeconfig for the simulated cluster."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import yaml

from stsview.simulator.apiserver.kubectl.loopback_certificate import CERTIFICATE

USER = "stsview-demo"
"""The user name in the server's URL; the password is the token."""


def write(path: Path, *, url: str, token: str, name: str = USER, namespace: str = "default") -> None:
    """Write a kubeconfig of one cluster, user and context, with mode 0600.

    Over TLS the token is that of the user. kubectl sends none over plain HTTP (clientcmd reads the user of a kubeconfig
    for TLS only), but Go's HTTP client sends the user name and password of a URL with every request: there the token is
    in both places, and the server accepts either. A path in the URL would not do: `kubectl get --raw` replaces it
    (rest.Request.RequestURI).

    The file is replaced atomically. Raises `OSError`.
    """
    scheme, _, address = url.partition("://")
    cluster = {"server": url if scheme == "https" else f"{scheme}://{USER}:{token}@{address}"}
    if scheme == "https":
        cluster["certificate-authority-data"] = base64.b64encode(CERTIFICATE.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
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
