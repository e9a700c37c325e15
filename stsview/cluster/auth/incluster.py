"""In-cluster configuration, from the service account of the pod.

Follows client-go's rest.InClusterConfig.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stsview.cluster.auth.kubeconfig_entries import read_token, with_namespace
from stsview.cluster.config import ClusterConfig, Credentials, Pem, Tls
from stsview.cluster.errors import ConfigError
from stsview.cluster.tls import client_context

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

NAME = "in-cluster"


def in_cluster_config(environ: Mapping[str, str], folder: Path) -> ClusterConfig | None:
    """The configuration of the pod that stsview runs in; None outside a pod.

    Raises `ConfigError` when the files of the pod's service account cannot be used.
    """
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    token_file = folder / "token"
    if not host or not port or not token_file.is_file():
        return None
    origin = f"the service account in {folder}"
    read_token(token_file, origin)
    authority = folder / "ca.crt"
    tls = Tls(authority=Pem(file=authority)) if authority.is_file() else Tls()
    if tls.authority:
        client_context(tls, origin)
    config = ClusterConfig(
        context=NAME,
        cluster=NAME,
        user="service account",
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        namespace=_namespace(folder / "namespace", origin),
        credentials=Credentials(token_file=token_file),
        tls=tls,
    )
    return with_namespace(config, None, origin)


def _namespace(file: Path, origin: str) -> str:
    if not file.is_file():
        return ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{origin}: the file `namespace` cannot be read; check the mount of the service account"
        ) from error
