"""Questions to the server before a plan is shown.

Permissions, a dry run, the current user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from stsview.actions.plan import Check, Result
from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.objects.kinds import Kind

_SELF_SUBJECT_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


class Right(msgspec.Struct, frozen=True):
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
