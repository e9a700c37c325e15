"""What we may do: SelfSubjectAccessReviews, which anybody who is logged in may ask (ClusterRole system:basic-user)."""

from __future__ import annotations

import msgspec

from stsview.cluster.http.session import Session
from stsview.objects.kinds import Kind

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _Status(msgspec.Struct, frozen=True):
    allowed: bool


class _Review(msgspec.Struct, frozen=True):
    status: _Status


_REVIEW = msgspec.json.Decoder(_Review)


async def is_allowed(session: Session, verb: str, kind: Kind, namespace: str = "", *, subresource: str = "") -> bool:
    """Whether the server would let us `verb` objects of `kind`, or their `subresource`, in `namespace` (empty: in all,
    and cluster-wide).

    It is asked as whom we act. Raises `ClusterError`; a server that is just starting may say no to what it later
    allows.
    """
    attributes = {"verb": verb, "group": kind.group, "resource": kind.resource}
    if subresource:
        attributes["subresource"] = subresource
    if namespace:
        attributes["namespace"] = namespace
    question = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    review = await session.post_review(_PATH, question, _REVIEW)
    return review.status.allowed
