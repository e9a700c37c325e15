"""The lines that one run writes to the audit log."""

from __future__ import annotations

from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog, acting_as
from stsview.actions.plan import Answers, Plan, Request
from stsview.cluster.http.session import Session
from stsview.live.live import Live


class AuditRecord:
    """Writes the lines of one run, each with its cluster, user and plan."""

    def __init__(self, audit: AuditLog, plan: Plan, answers: Answers, live: Live, session: Session, user: str) -> None:
        self.write_error = ""
        """Why a line could not be written that no request waits for; empty where all could. The run continues
        nevertheless, because the request was sent, and reports this at its end."""
        self._audit = audit
        self._plan = plan
        self._answers = answers
        self._live = live
        self._session = session
        self._user = user

    def before(self, request: Request) -> None:
        """Write the line before a request. Raises `AuditFailed`: then it must not be sent."""
        self._write("before", _request_fields(request))
        self._live.did(self._plan.title, self._user)

    def before_if_possible(self, request: Request) -> None:
        """As `before`, for a request that has to be sent whether or not it can be recorded."""
        self._write_if_possible("before", _request_fields(request))

    def after(self, request: Request, result: str, words: str = "") -> None:
        self._write_if_possible("after", {**_request_fields(request), "result": result, **_words_field(words)})

    def note(self, words: str) -> None:
        self._write_if_possible("note", _words_field(words))

    def end(self, result: str, words: str) -> None:
        self._write_if_possible("end", {"result": result, **_words_field(words)})

    def _write_if_possible(self, moment: str, fields: dict[str, Any]) -> None:
        try:
            self._write(moment, fields)
        except AuditFailed as error:
            self.write_error = str(error)

    def _write(self, moment: str, fields: dict[str, Any]) -> None:
        plan, scope, about = self._plan, self._live.snapshot.scope, self._plan.about
        entry: dict[str, Any] = {
            "moment": moment,
            "action": plan.action,
            "context": scope.context,
            "server": self._session.config.address,
            "user": self._user,
            **acting_as(self._session.config),
            "object": {"kind": about.kind, "namespace": about.namespace, "name": about.name, "uid": about.uid},
            "title": plan.title,
            "facts": {one.label: one.value for one in plan.preconditions},
            "checks": [{"id": check.id, "result": check.result.value, "words": check.words} for check in plan.checks],
            "reason": self._answers.reason or getattr(plan.intent, "override", ""),
            "override": getattr(plan.intent, "override", ""),
            "attested": sorted(self._answers.attested),
        }
        self._audit.append({**entry, **fields}, self._live.now())


def _request_fields(request: Request) -> dict[str, Any]:
    about = request.about
    return {
        "request": {
            "method": request.message.method,
            "path": request.path,
            "body": request.message.body,
            "about": {"kind": about.kind, "name": about.name, "uid": about.uid},
        }
    }


def _words_field(words: str) -> dict[str, Any]:
    return {"words": words} if words else {}
