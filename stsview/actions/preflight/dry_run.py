"""Dry runs: the API server validates a request without carrying it out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from stsview.actions.plan import Check, Request, Result
from stsview.actions.requests.patch_outcome import explain, renewed
from stsview.cluster.errors import ClusterError, Forbidden, Rejected, ServerError, TooManyRequests, Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message

_MOST_AT_ONCE = 10
"""How many dry runs are sent at a time."""


async def dry_run(session: Session, request: Request, renewals: int = 5, *, existing: bool = False) -> Check:
    """Send the request as a dry run (documentation: "API Concepts", Dry-run).

    `existing`: it creates an object whose name is taken until another request removes it. The server answers that with
    409 AlreadyExists after it has validated the object (apiserver, registry/generic/registry/store.go, Create).

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
        if existing and (error.status, error.reason) == (409, "AlreadyExists"):
            return Check("dry-run", Result.PASS, "dry run succeeded (the name is taken until the deletion)")
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


async def dry_runs(session: Session, requests: Sequence[Request]) -> tuple[Check, ...]:
    """Dry runs of several requests, a few at a time: one check if all succeed, else one for each that does not."""
    gate = asyncio.Semaphore(_MOST_AT_ONCE)

    async def one(request: Request) -> Check:
        async with gate:
            return await dry_run(session, request)

    made = await asyncio.gather(*map(one, requests))
    failed = [
        replace(check, words=f"{request.words}: {check.words}")
        for request, check in zip(requests, made, strict=True)
        if check.result is not Result.PASS
    ]
    if failed or not made:
        return tuple(failed)
    return (Check("dry-run", Result.PASS, f"{len(made)} dry runs succeeded" if len(made) > 1 else made[0].words),)


def _trial(message: Message) -> Message:
    """The message of a dry run.

    A DELETE with a body needs `dryRun` in the body as well: the server ignores the query then
    (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go), and would carry it out.
    """
    if message.method != "DELETE" or not isinstance(message.body, dict):
        return message
    return replace(message, body={**message.body, "dryRun": ["All"]})
