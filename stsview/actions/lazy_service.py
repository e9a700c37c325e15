"""An action service that is created, and loaded, on first use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stsview.clock import SystemClock
from stsview.live.live import Live
from stsview.model.settings import ModelSettings

if TYPE_CHECKING:
    from stsview.actions.intents import Intent
    from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
    from stsview.actions.operations.ordered_restart.journal import Unfinished
    from stsview.actions.operations.recreate.journal import Unfinished as UnfinishedRecreation
    from stsview.actions.plan import Answers, Plan
    from stsview.actions.service import ActionRun, ActionService


class LazyActionService:
    """An `Actions` service with the audit log at its usual path."""

    def __init__(self, live: Live, settings: ModelSettings) -> None:
        self._live = live
        self._settings = settings
        self._created: ActionService | None = None

    async def plan(self, intent: Intent) -> Plan:
        return await self._service().plan(intent)

    async def preview(self, intent: Intent) -> Plan | None:
        return await self._service().preview(intent)

    async def confirm(self, plan: Plan, answers: Answers) -> ActionRun:
        return await self._service().confirm(plan, answers)

    def unfinished(self, set_uid: str) -> Unfinished | None:
        return self._service().unfinished(set_uid)

    def unfinished_growth(self, set_uid: str) -> UnfinishedGrowth | None:
        return self._service().unfinished_growth(set_uid)

    def unfinished_growths(self) -> Sequence[UnfinishedGrowth]:
        return self._service().unfinished_growths()

    def unfinished_recreations(self) -> Sequence[UnfinishedRecreation]:
        return self._service().unfinished_recreations()

    def _service(self) -> ActionService:
        if self._created is None:
            from stsview.actions.execution.audit_log import AuditLog, usual_path
            from stsview.actions.service import ActionService

            self._created = ActionService(self._live, AuditLog(usual_path()), self._settings, SystemClock())
        return self._created
