"""Questions to the server before a plan is shown.

Permissions, a dry run, the current user.
"""

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

_SELF_SUBJECT_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True, slots=True)
class Right:
    """One permission that an action needs."""

    verb: str
    kind: Kind
    namespace: str
    subresource: str = ""

    @property
    def words(self) -> str:
        what = f"{self.kind.resource}/{self.subresource}" if self.subresource else self.kind.resource
        return f"{self.verb} {what} in {self.namespace}" if self.namespace else f"{self.verb} {what}"


async def rights(session: Session, wanted: Iterable[Right]) -> tuple[Check, ...]:
    """One check for each permission: the server's own answer, for exactly that verb."""
    return tuple(await asyncio.gather(*(_right(session, right) for right in wanted)))


async def _right(session: Session, right: Right) -> Check:
    try:
        allowed = await is_allowed(session, right.verb, right.kind, right.namespace, subresource=right.subresource)
    except ClusterError as error:
        return Check("rights", Result.UNKNOWN, f"cannot check whether you may {right.words}: {error}")
    if allowed:
        return Check("rights", Result.PASS, f"you may {right.words}")
    return Check("rights", Result.FAIL, f"you may not {right.words}")


async def dry_run(session: Session, request: Request, renewals: int = 5) -> Check:
    """Send the request as a dry run (documentation: "API Concepts", Dry-run).

    A webhook that does not declare to have no side effects makes the server reject every dry run with 400: then the
    result is unknown. A patch that fails by its resourceVersion alone is sent again with the present one, at most
    `renewals` times.
    """
    try:
        await session.write(request.path, _trial(request.message), query=[("dryRun", "All")])
    except TooManyRequests as error:
        return Check(
            "dry-run", Result.WARN, f"dry run: the API server would reject it now: {error.server_message or error}"
        )
    except Rejected as error:
        if error.status == 400:
            return Check("dry-run", Result.WARN, f"no dry run possible: {error.server_message or error}")
        explained = await explain(session, request) if error.status == 422 else ""
        if explained and renewals and (fresh := await renewed(session, request)) is not None:
            return await dry_run(session, fresh, renewals - 1)
        return Check(
            "dry-run",
            Result.FAIL,
            f"dry run: the API server would reject it: {explained or error.server_message or error}",
        )
    except (ServerError, Unreachable) as error:
        return Check("dry-run", Result.UNKNOWN, f"no dry run possible: {error}")
    except Forbidden as error:
        return Check("dry-run", Result.FAIL, f"dry run: the API server rejects it: {error.server_message or error}")
    except ClusterError as error:
        return Check("dry-run", Result.FAIL, f"dry run: the API server would reject it: {error}")
    return Check("dry-run", Result.PASS, "dry run succeeded")


def _trial(message: Message) -> Message:
    """The message of a dry run.

    A DELETE with a body needs `dryRun` in the body as well: the server ignores the query then
    (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go), and would carry it out.
    """
    if message.method != "DELETE" or not isinstance(message.body, dict):
        return message
    return replace(message, body={**message.body, "dryRun": ["All"]})


class _UserInfo(msgspec.Struct, frozen=True):
    username: str = ""


class _ReviewStatus(msgspec.Struct, frozen=True, rename="camel"):
    user_info: _UserInfo = _UserInfo()


class _UserReview(msgspec.Struct, frozen=True):
    status: _ReviewStatus = _ReviewStatus()


_USER_REVIEW = msgspec.json.Decoder(_UserReview)


async def current_user(session: Session) -> str:
    """The user name that the server sees.

    Empty where it does not tell (before Kubernetes 1.28, or forbidden).
    """
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return (await session.post_review(_SELF_SUBJECT_REVIEWS, review, _USER_REVIEW)).status.user_info.username
    except ClusterError:
        return ""
