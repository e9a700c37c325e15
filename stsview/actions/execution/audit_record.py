"""What is written down of one plan on its way."""

from __future__ import annotations

from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog
from stsview.actions.plan import Answers, Plan, Request
from stsview.cluster.http.session import Session
from stsview.live.live import Live


class AuditRecord:
    """Lines of the audit log, each with all that tells what they are about."""

    def __init__(self, audit: AuditLog, plan: Plan, answers: Answers, live: Live, session: Session, user: str) -> None:
        self.write_error = ""
        """Why a line after the fact could not be written; empty while all could. What was sent goes on all the same,
        and somebody has to see it through, so this is said at the end."""
        self._audit = audit
        self._plan = plan
        self._answers = answers
        self._live = live
        self._session = session
        self._user = user

    def before(self, request: Request) -> None:
        """Raises `AuditFailed`: then it must not be sent."""
        self._write("before", _sent(request))

    def after(self, request: Request, result: str, words: str = "") -> None:
        self._try("after", {**_sent(request), "result": result, **_said(words)})

    def note(self, words: str) -> None:
        self._try("note", _said(words))

    def end(self, result: str, words: str) -> None:
        self._try("end", {"result": result, **_said(words)})

    def _try(self, moment: str, what: dict[str, Any]) -> None:
        try:
            self._write(moment, what)
        except AuditFailed as error:
            self.write_error = str(error)

    def _write(self, moment: str, what: dict[str, Any]) -> None:
        plan, scope, about = self._plan, self._live.snapshot.scope, self._plan.about
        entry: dict[str, Any] = {
            "moment": moment,
            "action": plan.action,
            "context": scope.context,
            "server": self._session.config.address,
            "user": self._user,
            "actingAs": scope.acting_as,
            "object": {"kind": about.kind, "namespace": about.namespace, "name": about.name, "uid": about.uid},
            "title": plan.title,
            "facts": {one.label: one.value for one in plan.preconditions},
            "checks": [{"id": check.id, "result": check.result.value, "words": check.words} for check in plan.checks],
            "reason": self._answers.reason or getattr(plan.intent, "override", ""),
            "override": getattr(plan.intent, "override", ""),
            "attested": sorted(self._answers.attested),
        }
        self._audit.append({**entry, **what}, self._live.now())


def _sent(request: Request) -> dict[str, Any]:
    about = request.about
    return {
        "request": {
            "method": request.message.method,
            "path": request.path,
            "body": request.message.body,
            "about": {"kind": about.kind, "name": about.name, "uid": about.uid},
        }
    }


def _said(words: str) -> dict[str, Any]:
    return {"words": words} if words else {}
