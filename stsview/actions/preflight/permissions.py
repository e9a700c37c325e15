"""What is asked of the server before a plan is shown: rights, a dry run, who we are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from stsview.actions.plan import Check, Request, Result
from stsview.actions.requests.patch_outcome import explain, renewed
from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import ClusterError, Forbidden, Rejected, ServerError, TooManyRequests, Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.objects.kinds import Kind

_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True, slots=True)
class Right:
    """One verb that an action takes."""

    verb: str
    kind: Kind
    namespace: str
    subresource: str = ""

    @property
    def words(self) -> str:
        what = f"{self.kind.resource}/{self.subresource}" if self.subresource else self.kind.resource
        return f"{self.verb} {what} in {self.namespace}" if self.namespace else f"{self.verb} {what}"


async def rights(session: Session, wanted: Iterable[Right]) -> tuple[Check, ...]:
    """A check for each right: the server's own answer, for exactly that verb."""
    return tuple(await asyncio.gather(*(_right(session, right) for right in wanted)))


async def _right(session: Session, right: Right) -> Check:
    try:
        allowed = await is_allowed(session, right.verb, right.kind, right.namespace, subresource=right.subresource)
    except ClusterError as error:
        return Check("rights", Result.UNKNOWN, f"whether you may {right.words} cannot be asked: {error}")
    if allowed:
        return Check("rights", Result.PASS, f"you may {right.words}")
    return Check("rights", Result.FAIL, f"you may not {right.words}")


async def dry_run(session: Session, request: Request, renewals: int = 5) -> Check:
    """What the server says to the request without doing it (documentation: "API Concepts", dry-run).

    A webhook that does not say to have no side effects makes the server refuse every dry run, with 400: then nobody
    can tell beforehand. A patch that fails by the resourceVersion alone is tried again for the present one, so often.
    """
    try:
        await session.write(request.path, _trial(request.message), query=[("dryRun", "All")])
    except TooManyRequests as error:
        return Check("dry-run", Result.WARN, f"the server would refuse it now: {error.server_message or error}")
    except Rejected as error:
        if error.status == 400:
            return Check("dry-run", Result.WARN, f"cannot be tried beforehand: {error.server_message or error}")
        told = await explain(session, request) if error.status == 422 else ""
        if told and renewals and (fresh := await renewed(session, request)) is not None:
            return await dry_run(session, fresh, renewals - 1)
        return Check("dry-run", Result.FAIL, f"the server would refuse it: {told or error.server_message or error}")
    except (ServerError, Unreachable) as error:
        return Check("dry-run", Result.UNKNOWN, f"cannot be tried beforehand: {error}")
    except Forbidden as error:
        return Check("dry-run", Result.FAIL, f"the server refuses it: {error.server_message or error}")
    except ClusterError as error:
        return Check("dry-run", Result.FAIL, f"the server would refuse it: {error}")
    return Check("dry-run", Result.PASS, "a dry run succeeds")


def _trial(message: Message) -> Message:
    """What is sent with `dryRun` in its query. Of a DELETE that has a body the server does not look at the query
    (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go): it would be carried out."""
    if message.method != "DELETE" or not isinstance(message.body, dict):
        return message
    return replace(message, body={**message.body, "dryRun": ["All"]})


class _UserInfo(msgspec.Struct, frozen=True):
    username: str = ""


class _WhoStatus(msgspec.Struct, frozen=True, rename="camel"):
    user_info: _UserInfo = _UserInfo()


class _Who(msgspec.Struct, frozen=True):
    status: _WhoStatus = _WhoStatus()


_WHO_REVIEW = msgspec.json.Decoder(_Who)


async def who(session: Session) -> str:
    """As whom the server knows us; empty where it does not tell (before Kubernetes 1.28, or where it is forbidden)."""
    question = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return (await session.post_review(_WHO, question, _WHO_REVIEW)).status.user_info.username
    except ClusterError:
        return ""
