"""Opening and ending forwards, from their checks to their audit lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditFailed, AuditLog
from stsview.actions.port_forward.followed_pod import FollowedPod
from stsview.actions.port_forward.forward import Forward, forbidden_text
from stsview.actions.port_forward.listener import LOOPBACK, is_any, is_loopback, listen
from stsview.actions.port_forward.port_spec import PortSpec, remote_port
from stsview.actions.port_forward.record import ForwardRecord
from stsview.actions.preflight.permissions import current_user
from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.model.rights import FORWARD


def refusal_of(session: Session) -> str:
    """Why no port may be forwarded in this cluster; empty where one may."""
    return f"read-only mode ({session.gate.closed}): no port-forward" if session.gate.closed else ""


def open_address_warning(addresses: Sequence[str], target: str) -> str:
    """What other addresses than those of the loopback interface open; empty where there are none."""
    others = [one for one in addresses if not is_loopback(one)]
    if not others:
        return ""
    reached = "this machine" if any(is_any(one) for one in others) else ", ".join(others)
    return f"every host that reaches {reached} can connect to {target} with your rights"


class PortForwards:
    """The forwards over one session, until each is ended or all are closed."""

    def __init__(self, session: Session, audit: AuditLog) -> None:
        self.forwards: list[Forward] = []
        """In the order in which they were opened."""
        self.said: Callable[[Forward, str, bool], None] = lambda forward, words, warning: None
        """Called with a line about a forward, and whether it is a warning."""
        self._session = session
        self._audit = audit
        self._records: dict[Forward, ForwardRecord] = {}
        self._watching: dict[FollowedPod, asyncio.Task[None]] = {}
        self._dropping: set[asyncio.Task[None]] = set()

    async def open(
        self, namespace: str, name: str, specs: Sequence[PortSpec], addresses: Sequence[str] = LOOPBACK
    ) -> list[Forward]:
        """Forward ports to the pod of that name: all of `specs`, or none.

        Raises `Refused` in read-only mode, where the pod is not running, a port has no such name, a local port is
        taken (`PortTaken`), the server says that it is not allowed, or the audit log cannot be written.
        """
        if refusal := refusal_of(self._session):
            raise Refused(refusal)
        pod = FollowedPod(self._session, namespace, name)
        await pod.look()
        if pod.problem:
            raise Refused(pod.problem)
        await self._check_allowed(namespace)
        user = await current_user(self._session)
        opened: list[Forward] = []
        try:
            for spec in specs:
                # Each as soon as it is open: those before a failure are closed.
                opened.append(await self._open(pod, spec, addresses, user))  # noqa: PERF401
        except BaseException:
            for forward in opened:
                await self._end(forward)
            raise
        pod.changed = lambda words, replaced: self._pod_changed(pod, words, replaced)
        self._watching[pod] = asyncio.create_task(pod.watch(), name=f"pod {name} of a port-forward")
        return opened

    async def end(self, forward: Forward) -> None:
        """Close the local port and its connections."""
        if forward in self._records:
            await self._end(forward)

    async def close(self) -> None:
        """End all forwards."""
        await asyncio.gather(*(self._end(forward) for forward in list(self.forwards)))
        await asyncio.gather(*self._dropping, return_exceptions=True)

    @property
    def write_errors(self) -> list[str]:
        """Lines of the audit log that could not be written."""
        return [one.write_error for one in self._records.values() if one.write_error]

    async def _open(self, pod: FollowedPod, spec: PortSpec, addresses: Sequence[str], user: str) -> Forward:
        try:
            port = remote_port(spec, pod.ports, pod.name)
        except ValueError as error:
            raise Refused(str(error)) from error
        sockets = listen(addresses, port if spec.local is None else spec.local)
        forward = Forward(self._session, pod, port, sockets, self._session.config.context)
        record = ForwardRecord(self._audit, self._session, user, forward)
        try:
            record.before()
        except AuditFailed as error:
            await forward.close()
            raise Refused(str(error)) from error
        self._records[forward] = record
        self.forwards.append(forward)
        forward.said = lambda words, warning: self.said(forward, words, warning)
        await forward.start()
        return forward

    async def _end(self, forward: Forward) -> None:
        if forward not in self.forwards:
            return
        self.forwards.remove(forward)
        if all(one.pod is not forward.pod for one in self.forwards) and (
            watching := self._watching.pop(forward.pod, None)
        ):
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await forward.close()
        record = self._records.pop(forward)
        record.end()
        if record.write_error:
            self.said(forward, record.write_error, True)

    def _pod_changed(self, pod: FollowedPod, words: str, replaced: bool) -> None:
        told = False
        for forward in self.forwards:
            if forward.pod is not pod:
                continue
            if replaced:
                self._records[forward].replaced()
                dropping = asyncio.create_task(forward.drop(except_uid=pod.uid))
                self._dropping.add(dropping)
                dropping.add_done_callback(self._dropping.discard)
            if not told:
                self.said(forward, words, bool(pod.problem))
                told = True

    async def _check_allowed(self, namespace: str) -> None:
        """Raise `Refused` where the server says now that no connection will be allowed.

        A WebSocket needs `get`; since Kubernetes 1.35 also `create`, which the first connection shows.
        """
        try:
            allowed = await is_allowed(
                self._session, FORWARD.verb, FORWARD.kind, namespace, subresource=FORWARD.subresource
            )
        except ClusterError:
            return
        if not allowed:
            raise Refused(forbidden_text(FORWARD.verb, namespace))
