"""Scripts that act as credential plugins."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from stsview.cluster.config import Credentials, ExecPlugin

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


def credential(token: str = "", *, expires: datetime | None = None, version: str = V1, **status: Any) -> str:
    """An ExecCredential as a plugin prints it."""
    if token:
        status["token"] = token
    if expires is not None:
        status["expirationTimestamp"] = expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})


class Plugin:
    """A script that counts its runs; its action can be changed between them."""

    def __init__(self, folder: Path, name: str = "get-token") -> None:
        self.path = folder / name
        self._runs = folder / f"{name}.runs"
        self._says = folder / f"{name}.says"

    def does(self, script: str) -> None:
        """Set the action of the script."""
        self.path.write_text(f"#!/bin/sh\necho run >> '{self._runs}'\n{script}\n")
        self.path.chmod(0o755)

    def says(self, text: str) -> None:
        """Make it print `text`."""
        self._says.write_text(text)
        self.does(f"cat '{self._says}'")

    @property
    def runs(self) -> int:
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0

    def credentials(self, **changes: Any) -> Credentials:
        return Credentials(exec=ExecPlugin(**{"command": str(self.path), "api_version": V1, **changes}))
