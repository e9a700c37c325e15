"""The `/debug` endpoints of the server itself: what tests and rehearsals switch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from stsview.simulator.apiserver.auth.rbac import ROLES, Rule, User
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import BrokenWatch, Faults, Refusal
from stsview.simulator.apiserver.wire import Object


class FaultyServer(Protocol):
    """The part of `ApiServer` that the endpoints control."""

    faults: Faults
    users: dict[str, User]

    def cut_connections(self) -> int:
        """Abort every open connection. Returns how many."""

    def strand_connections(self) -> int:
        """Keep every open connection and send nothing more on it. Returns how many."""

    def expire_watches(self) -> int:
        """End every watch with 410 Expired. Returns how many."""

    async def restart(self, down_seconds: float = 0.0) -> None:
        """Stop listening for `down_seconds`, then listen again without watch history."""


def handlers(server: FaultyServer) -> dict[str, Callable[[Object], Awaitable[Object | None]]]:
    """By name: `faults` switches what goes wrong, `rights` what a user may do."""

    async def faults(parameters: Object) -> Object | None:
        return await _faults(server, parameters)

    async def rights(parameters: Object) -> Object | None:
        return _rights(server, parameters)

    return {"faults": faults, "rights": rights}


def parameters(body: bytes) -> Object:
    """A body as JSON object, nothing as an empty one; raises `ApiError` 400."""
    if not body:
        return {}
    try:
        decoded: Object = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ApiError.bad_request(f"POST a JSON object: {error}") from error
    return decoded


async def _faults(server: FaultyServer, given: Object) -> Object | None:
    """`{"fault": NAME, ...}`.

    cut, strand, stall, resume, clear, expire, twice, no-streaming-lists; `slow` with `seconds`; `page` with `code`;
    `refuse` with `code` and any of `resource`, `verbs`, `times`, `retryAfter`; `malformed` or `odd` with `resource` and
    `name`; `loop` with `resource`; `break` with `resource` and perhaps `clean`; `restart` with `downSeconds`.
    """
    faults = server.faults
    try:
        match given.get("fault"):
            case "cut":
                return {"connections": server.cut_connections()}
            case "strand":
                return {"connections": server.strand_connections()}
            case "stall":
                faults.stall()
            case "resume":
                faults.resume()
            case "clear":
                faults.clear()
            case "expire":
                return {"watches": server.expire_watches()}
            case "twice":
                faults.duplicate_events = True
            case "no-streaming-lists":
                faults.streaming_lists = False
            case "page":
                faults.proxy_page_status = int(given["code"])
            case "loop":
                faults.endless_lists.add(str(given["resource"]))
            case "break":
                faults.broken_watches.append(BrokenWatch(str(given["resource"]), bool(given.get("clean"))))
            case "slow":
                faults.list_delay = float(given.get("seconds", 1.0))
            case "refuse":
                faults.refusals.append(_refusal(given))
            case "malformed":
                faults.malformed_objects.malformed.add((str(given["resource"]), str(given["name"])))
            case "odd":
                faults.malformed_objects.odd.add((str(given["resource"]), str(given["name"])))
            case "restart":
                await server.restart(float(given.get("downSeconds", 0.0)))
            case other:
                raise ApiError.bad_request(f"no fault {other!r}: {' '.join((_faults.__doc__ or '').split())}")
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError.bad_request(f"parameters of {given.get('fault')}: {error!r}") from error
    return None


def _refusal(given: Object) -> Refusal:
    times, retry_after = given.get("times"), given.get("retryAfter")
    return Refusal(
        code=int(given["code"]),
        plural=str(given.get("resource", "")),
        verbs=tuple(given.get("verbs", ())),
        times=None if times is None else int(times),
        retry_after=None if retry_after is None else int(retry_after),
    )


def _rights(server: FaultyServer, given: Object) -> Object | None:
    """`{"user": NAME}` with any of `role`, `deny` and `grant` (lists of RBAC rules), `clear`."""
    user = server.users.get(str(given.get("user")))
    if user is None:
        raise ApiError.bad_request(f"no user {given.get('user')!r}; there are: {', '.join(server.users)}")
    if given.get("clear"):
        user.denied.clear()
        user.granted.clear()
    if "role" in given:
        if given["role"] not in ROLES:
            raise ApiError.bad_request(f"no role {given['role']!r}; there are: {', '.join(ROLES)}")
        user.role = given["role"]
    user.denied += [_rule(one) for one in given.get("deny", ())]
    user.granted += [_rule(one) for one in given.get("grant", ())]
    return {"role": user.role, "rules": [rule.shown() for rule in user.rules]}


def _rule(given: dict[str, Any]) -> Rule:
    return Rule(
        verbs=tuple(given.get("verbs", ("*",))),
        groups=tuple(given.get("apiGroups", ("*",))),
        resources=tuple(given.get("resources", ("*",))),
        names=tuple(given.get("resourceNames", ())),
        namespaces=tuple(given.get("namespaces", ())),
    )
