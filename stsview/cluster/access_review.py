"""SelfSubjectAccessReview: whether the current user may do something.

Every authenticated user may create one (ClusterRole system:basic-user).
"""

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
    """Whether the current user may `verb` objects of `kind` in `namespace`.

    With `subresource`, that of the objects. The current user is the impersonated one, if any.

    An empty namespace stands for all of them, and for cluster-scoped kinds. Raises `ClusterError`. A server that is
    starting up may deny what it allows a moment later.
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
