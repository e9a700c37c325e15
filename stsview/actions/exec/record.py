"""The lines that a command in a container writes to the audit log: never what was typed or written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stsview.actions.exec.target import ExecTarget
from stsview.actions.execution.audit_log import AuditFailed, AuditLog, acting_as
from stsview.cluster.http.session import Session


class ExecRecord:
    """Writes the line before a command and the one after it."""

    def __init__(
        self, audit: AuditLog, session: Session, user: str, target: ExecTarget, title: str, command: Sequence[str]
    ) -> None:
        """`title` names the command for people: `shell in kafka-1`. `user` is the one that the server sees."""
        self.write_error = ""
        """Why the line after the command could not be written; empty where it could."""
        self._audit = audit
        self._session = session
        self._entry: dict[str, Any] = {
            "action": "exec",
            "context": session.config.context,
            "server": session.config.address,
            "user": user,
            **acting_as(session.config),
            "object": {"kind": "Pod", "namespace": target.namespace, "name": target.pod, "uid": target.uid},
            "container": target.container,
            "title": title,
            "command": list(command),
        }

    def before(self) -> None:
        """Write the line before the command. Raises `AuditFailed`: then it must not be run."""
        self._audit.append({"moment": "before", **self._entry}, self._session.server_now())

    def end(self, result: str, words: str, seconds: float) -> None:
        """Write how it ended: `exit code 0`, `lost`, `not started`, and after how long."""
        fields = {"result": result, "seconds": round(seconds, 1), **({"words": words} if words else {})}
        try:
            self._audit.append({"moment": "end", **self._entry, **fields}, self._session.server_now())
        except AuditFailed as error:
            self.write_error = str(error)
