"""Names of a set for screens: loaded on first use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from stsview.actions.errors import Refused
from stsview.live.live import Live
from stsview.model.views import SetView

if TYPE_CHECKING:
    from stsview.actions.dns.set_names import SetNames
    from stsview.actions.exec.service import ExecPlan
    from stsview.model.related.dns_answers import Answers, Names


class NamesService(Protocol):
    """What screens call; `LazyNamesService` implements it."""

    async def read(self, view: SetView) -> SetNames: ...

    async def plan(self, namespace: str, pod: str, names: Sequence[Names]) -> ExecPlan: ...

    async def ask(self, plan: ExecPlan, names: Sequence[Names]) -> Answers: ...


class LazyNamesService:
    """Reads and asks in the cluster that `live` watches, with the audit log at its usual path."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def read(self, view: SetView) -> SetNames:
        """The names of a set, with its EndpointSlices as they are now, or why those are not known."""
        from stsview.actions.dns.set_names import read_set_names, set_names

        session = self._live.session
        return set_names(view, {}, "not connected") if session is None else await read_set_names(session, view)

    async def plan(self, namespace: str, pod: str, names: Sequence[Names]) -> ExecPlan:
        """The command that asks from inside `pod`, to be confirmed. Raises `Refused` where it cannot be run."""
        from stsview.actions.dns.lookup import lookup_plan
        from stsview.actions.exec.service import refusal_of
        from stsview.actions.exec.target import find_target

        session = self._live.session
        if session is None:
            raise Refused("not connected")
        if refusal := refusal_of(session):
            raise Refused(refusal)
        return lookup_plan(await find_target(session, namespace, pod), names)

    async def ask(self, plan: ExecPlan, names: Sequence[Names]) -> Answers:
        """Run the command of `plan`. Raises `Refused` where nothing was answered."""
        from stsview.actions.dns.lookup import look_up
        from stsview.actions.execution.audit_log import AuditLog, usual_path

        session = self._live.session
        if session is None:
            raise Refused("not connected")
        return await look_up(session, AuditLog(usual_path()), plan, names)
