"""Commands that plans show, quoted for a POSIX shell."""

from __future__ import annotations

import shlex

from stsview.program_name import program_name


def kubectl(namespace: str, *words: str) -> str:
    """A kubectl command, quoted so that names cannot be interpreted by the shell."""
    return shlex.join(["kubectl", *(["-n", namespace] if namespace else []), *words])


def stsview(namespace: str, *words: str) -> str:
    """A stsview command, quoted in the same way."""
    return shlex.join([*program_name().split(), *words, *(["-n", namespace] if namespace else [])])


def raw_path(path: str, below: bool) -> str:
    """The argument of `kubectl create --raw` for a path of the API.

    `below`: the URL of the server has a path of its own, as behind a gateway for many clusters. --raw replaces it
    (client-go, rest.Request.RequestURI), so the command reads it from the kubeconfig; it may hold a token, and is not
    printed.
    """
    return f'"$({_PATH_OF_SERVER})"{path}' if below else path


_PATH_OF_SERVER = (
    "kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}' | sed -E 's,^[a-z]+://[^/]*,,; s,/+$,,'"
)
