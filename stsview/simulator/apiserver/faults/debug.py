"""The endpoints POST /debug/faults and /debug/rights of the API server.

`/debug/faults` takes `{"fault": NAME}` and the parameters of that fault. A fault stays until `clear`, except where it
says otherwise:

| fault | parameters | effect |
| --- | --- | --- |
| `cut` | | aborts every open connection, once |
| `strand` | | never sends anything again on the connections that are open now |
| `stall`, `resume` | | sends nothing on any connection, until `resume` |
| `restart` | `downSeconds` | refuses connections for that long, then starts without watch history |
| `expire` | | ends every watch with 410 Expired, once |
| `break` | `resource`, `clean` | ends the next watch of the resource in the middle of an event, once |
| `twice` | | sends every watch event twice |
| `refuse` | `code`, `resource`, `verbs`, `times`, `retryAfter` | answers matching requests with an error |
| `page` | `code` | answers every request with the web page of a proxy |
| `slow` | `seconds` | delays every list |
| `loop` | `resource` | lists of the resource never end |
| `malformed`, `odd` | `resource`, `name` | serves the object with wrong types, or with unknown fields and nulls |
| `no-streaming-lists` | | refuses `sendInitialEvents`, as without the feature gate WatchList |
| `exec-protocols` | `protocols` | the WebSocket protocols of `pods/exec`; without any it refuses WebSockets |
| `port-forward-protocols` | `protocols` | those of `pods/portforward` |
| `clear` | | clears all faults; stranded connections stay stranded |

`/debug/rights` takes `{"user": NAME}` with `role`, `deny` and `grant` (lists of RBAC rules), or `clear`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

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


Handler: TypeAlias = Callable[[Object], Awaitable[Object | None]]


def handlers(server: FaultyServer) -> dict[str, Handler]:
    """The endpoints by name: `faults` and `rights`."""
    switches = _switches(server)

    async def faults(parameters: Object) -> Object | None:
        name = parameters.get("fault")
        switch = switches.get(name) if isinstance(name, str) else None
        if switch is None:
            raise ApiError.bad_request(f"unknown fault {name!r}; available: {', '.join(sorted(switches))}")
        try:
            return await switch(parameters)
        except KeyError as error:
            raise ApiError.bad_request(f"fault {name}: missing parameter {error}") from error
        except (TypeError, ValueError) as error:
            raise ApiError.bad_request(f"fault {name}: invalid parameter: {error}") from error

    async def rights(parameters: Object) -> Object | None:
        return _rights(server, parameters)

    return {"faults": faults, "rights": rights}


def parameters(body: bytes) -> Object:
    """A request body as a JSON object; empty without a body. Raises `ApiError` 400."""
    if not body:
        return {}
    try:
        decoded: Object = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ApiError.bad_request(f"the body must be a JSON object: {error}") from error
    return decoded


def _switches(server: FaultyServer) -> dict[str, Handler]:
    """Every fault by name."""

    async def restart(given: Object) -> None:
        await server.restart(float(given.get("downSeconds", 0.0)))

    return {
        name: _as_handler(switch) for name, switch in {**_connection_faults(server), **_answer_faults(server)}.items()
    } | {"restart": restart}


def _as_handler(switch: Callable[[Object], Object | None]) -> Handler:
    async def handler(given: Object) -> Object | None:
        return switch(given)

    return handler


def _connection_faults(server: FaultyServer) -> dict[str, Callable[[Object], Object | None]]:
    faults = server.faults
    return {
        "cut": lambda _: {"connections": server.cut_connections()},
        "strand": lambda _: {"connections": server.strand_connections()},
        "expire": lambda _: {"watches": server.expire_watches()},
        "stall": lambda _: faults.stall(),
        "resume": lambda _: faults.resume(),
        "clear": lambda _: faults.clear(),
        "break": lambda given: faults.broken_watches.append(
            BrokenWatch(str(given["resource"]), bool(given.get("clean")))
        ),
    }


def _answer_faults(server: FaultyServer) -> dict[str, Callable[[Object], Object | None]]:
    faults = server.faults

    def send_twice(_: Object) -> None:
        faults.duplicate_events = True

    def refuse_streaming_lists(_: Object) -> None:
        faults.streaming_lists = False

    def serve_page(given: Object) -> None:
        faults.proxy_page_status = int(given["code"])

    def set_port_forward_protocols(given: Object) -> None:
        faults.port_forward_protocols = tuple(str(one) for one in given.get("protocols", ()))

    def set_exec_protocols(given: Object) -> None:
        faults.exec_protocols = tuple(str(one) for one in given.get("protocols", ()))

    def slow_lists(given: Object) -> None:
        faults.list_delay = float(given.get("seconds", 1.0))

    objects = faults.malformed_objects
    return {
        "twice": send_twice,
        "no-streaming-lists": refuse_streaming_lists,
        "page": serve_page,
        "slow": slow_lists,
        "exec-protocols": set_exec_protocols,
        "port-forward-protocols": set_port_forward_protocols,
        "refuse": lambda given: faults.refusals.append(_refusal(given)),
        "loop": lambda given: faults.endless_lists.add(str(given["resource"])),
        "malformed": lambda given: objects.malformed.add((str(given["resource"]), str(given["name"]))),
        "odd": lambda given: objects.odd.add((str(given["resource"]), str(given["name"]))),
    }


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
    """Change what a user may do; returns the role and all rules."""
    user = server.users.get(str(given.get("user")))
    if user is None:
        raise ApiError.bad_request(f"unknown user {given.get('user')!r}; available: {', '.join(server.users)}")
    if given.get("clear"):
        user.denied.clear()
        user.granted.clear()
    if "role" in given:
        if given["role"] not in ROLES:
            raise ApiError.bad_request(f"unknown role {given['role']!r}; available: {', '.join(filter(None, ROLES))}")
        user.role = given["role"]
    user.denied += [_rule(one) for one in given.get("deny", ())]
    user.granted += [_rule(one) for one in given.get("grant", ())]
    return {"role": user.role, "rules": [rule.to_json() for rule in user.rules]}


def _rule(given: dict[str, Any]) -> Rule:
    return Rule(
        verbs=tuple(given.get("verbs", ("*",))),
        groups=tuple(given.get("apiGroups", ("*",))),
        resources=tuple(given.get("resources", ("*",))),
        names=tuple(given.get("resourceNames", ())),
        namespaces=tuple(given.get("namespaces", ())),
    )
