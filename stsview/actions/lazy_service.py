"""A door that is made when somebody first comes to it: until then nothing of what is behind it has to be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsview.clock import SystemClock
from stsview.live.live import Live
from stsview.model.settings import ModelSettings

if TYPE_CHECKING:
    from stsview.actions.intents import Intent
    from stsview.actions.operations.ordered_restart.journal import Unfinished
    from stsview.actions.plan import Answers, Plan
    from stsview.actions.service import ActionService, Following


class LazyActionService:
    """A `stsview.actions.service.Actions` with the audit log in its usual place."""

    def __init__(self, live: Live, settings: ModelSettings) -> None:
        self._live = live
        self._settings = settings
        self._made: ActionService | None = None

    async def plan(self, intent: Intent) -> Plan:
        return await self._door().plan(intent)

    async def confirm(self, plan: Plan, answers: Answers) -> Following:
        return await self._door().confirm(plan, answers)

    def unfinished(self, set_uid: str) -> Unfinished | None:
        return self._door().unfinished(set_uid)

    def _door(self) -> ActionService:
        if self._made is None:
            from stsview.actions.execution.audit_log import AuditLog, usual_path
            from stsview.actions.service import ActionService

            self._made = ActionService(self._live, AuditLog(usual_path()), self._settings, SystemClock())
        return self._made
