"""The lines that a forwarded port writes to the audit log: never what passes through it."""

from __future__ import annotations

import time
from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog, acting_as
from stsview.actions.port_forward.forward import Forward
from stsview.cluster.http.session import Session


class ForwardRecord:
    """Writes the line before a port is opened, one for each other pod behind it, and one at its end."""

    def __init__(self, audit: AuditLog, session: Session, user: str, forward: Forward) -> None:
        """`user` is the one that the server sees."""
        self.write_error = ""
        """Why a later line could not be written; empty where all could."""
        self._audit = audit
        self._session = session
        self._forward = forward
        self._user = user
        self._began = time.monotonic()

    def before(self) -> None:
        """Write the line before the port is opened. Raises `AuditFailed`: then it must not be."""
        self._append("before", {"request": {"method": "GET", "path": self._path}})

    def replaced(self) -> None:
        """Note that connections go to another pod, whose uid the line has."""
        self._append_if_possible("note", {"words": f"{self._forward.pod.name} was replaced"})

    def end(self) -> None:
        forward = self._forward
        fields = {"sentBytes": forward.sent, "receivedBytes": forward.received}
        seconds = round(time.monotonic() - self._began, 1)
        self._append_if_possible("end", {"result": "stopped", "seconds": seconds, **fields})

    @property
    def _path(self) -> str:
        pod = self._forward.pod
        return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward"

    def _append_if_possible(self, moment: str, fields: dict[str, Any]) -> None:
        try:
            self._append(moment, fields)
        except AuditFailed as error:
            self.write_error = str(error)

    def _append(self, moment: str, fields: dict[str, Any]) -> None:
        forward, pod, session = self._forward, self._forward.pod, self._session
        entry = {
            "moment": moment,
            "action": "port-forward",
            "context": session.config.context,
            "server": session.config.address,
            "user": self._user,
            **acting_as(session.config),
            "object": {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid},
            "title": f"port-forward {forward.local} to {forward.target}",
            "port": forward.port,
            "listens": [f"{host} {port}" for host, port in forward.addresses],
            **fields,
        }
        self._audit.append(entry, session.server_now())
