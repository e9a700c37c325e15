"""Questions to the server before a plan is shown.

Permissions, a dry run, the current user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import msgspec

from stsview.actions.plan import Check, Result
from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.model.action_id import ActionId
from stsview.model.rights import Right, When, rights_of

_SELF_SUBJECT_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


async def rights(
    session: Session, action: ActionId, namespace: str = "", when: Collection[When] = ()
) -> tuple[Check, ...]:
    """One check for each right that the action needs in these forms: the server's own answer, for exactly that verb.

    `namespace` is empty for kinds without one.
    """
    return tuple(await asyncio.gather(*(_check(session, right, namespace) for right in rights_of(action, when))))


async def _check(session: Session, right: Right, namespace: str) -> Check:
    words = f"{right.verb} {right.resource} in {namespace}" if namespace else f"{right.verb} {right.resource}"
    try:
        allowed = await is_allowed(session, right.verb, right.kind, namespace, subresource=right.subresource)
    except ClusterError as error:
        return Check("rights", Result.UNKNOWN, f"cannot check whether you may {words}: {error}")
    if allowed:
        return Check("rights", Result.PASS, f"you may {words}")
    return Check("rights", Result.FAIL, f"you may not {words}")


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
