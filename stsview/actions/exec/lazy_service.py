"""Shells and commands in containers for screens: loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from stsview.actions.errors import Refused
from stsview.live.live import Live

if TYPE_CHECKING:
    from stsview.actions.exec.service import Attach, ExecOutcome, ExecPlan
    from stsview.actions.exec.target import ExecTarget
    from stsview.cluster.http.session import Session


class RunningContainer(msgspec.Struct, frozen=True):
    """A container in which something can be run."""

    name: str
    default: bool = False
    """Whether kubectl would choose it."""


class ExecService(Protocol):
    """What screens call; `LazyExecService` implements it."""

    async def containers(self, namespace: str, pod: str) -> tuple[RunningContainer, ...]: ...

    async def target(self, namespace: str, pod: str, container: str = "") -> ExecTarget: ...

    async def run(self, plan: ExecPlan, attach: Attach) -> ExecOutcome: ...


class LazyExecService:
    """Runs in the containers of the cluster that `live` watches, with the audit log at its usual path."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def containers(self, namespace: str, pod: str) -> tuple[RunningContainer, ...]:
        """The containers of a pod that run now, the default one first.

        Raises `Refused` where none does, and why.
        """
        from stsview.actions.exec.target import find_target, running_containers

        session = self._session()
        names, default = await running_containers(session, namespace, pod)
        if not names:
            # It says why the default one does not run.
            found = await find_target(session, namespace, pod)
            names, default = (found.container,), found.container
        return tuple(sorted((RunningContainer(one, one == default) for one in names), key=lambda one: not one.default))

    async def target(self, namespace: str, pod: str, container: str = "") -> ExecTarget:
        """The container, or the default one. Raises `Refused` where nothing can be run in it."""
        from stsview.actions.exec.target import find_target

        return await find_target(self._session(), namespace, pod, container)

    async def run(self, plan: ExecPlan, attach: Attach) -> ExecOutcome:
        """Run the command of `plan` until it ends. Raises `Refused` where nothing is run."""
        from stsview.actions.exec.service import run_exec
        from stsview.actions.execution.audit_log import AuditLog, usual_path

        return await run_exec(self._session(), AuditLog(usual_path()), plan, attach)

    def _session(self) -> Session:
        session = self._live.session
        if session is None:
            raise Refused("not connected")
        return session
