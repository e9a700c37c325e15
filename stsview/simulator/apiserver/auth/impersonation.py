"""Requests as another user, by the headers `Impersonate-User` and `Impersonate-Group`.

As k8s.io/apiserver/pkg/endpoints/filters/impersonation.go does it: the right `impersonate` is needed for the user and
for each group, and nothing is left of the rights of the one who asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from multidict import CIMultiDictProxy

from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.errors import ApiError

_MASTERS = "system:masters"
_AUTHENTICATED = "system:authenticated"


def impersonated(user: User, headers: CIMultiDictProxy[str], users: Mapping[str, User]) -> User:
    """The user as whom a request is answered: `user` itself without such headers.

    Raises `ApiError` 403 where `user` may not impersonate, and 500, as the real server does, for groups without a user.
    """
    name, groups = headers.get("Impersonate-User", ""), tuple(headers.getall("Impersonate-Group", ()))
    if not name and groups:
        raise ApiError.internal(f"requested {list(groups)} without impersonating a user")
    if not name:
        return user
    for resource, value in (("users", name), *(("groups", group) for group in groups)):
        if not user.may("impersonate", "", resource, name=value):
            message = (
                f'{resource} "{value}" is forbidden: User "{user.name}" cannot impersonate resource "{resource}" '
                'in API group "" at the cluster scope'
            )
            raise ApiError(403, "Forbidden", message, {"name": value, "kind": resource})
    other = users.get(name, User(name, ""))
    role = "cluster-admin" if _MASTERS in groups else other.role
    return replace(other, role=role, groups=(*groups, *(() if _AUTHENTICATED in groups else (_AUTHENTICATED,))))
