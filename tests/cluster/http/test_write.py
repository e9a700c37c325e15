"""Writes: through the gate, once, with method and body as given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.errors import ApiError, Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import JSON_PATCH, MERGE_PATCH, Message, WriteGate, WriteRefused
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Server, answer, close_without_answer, refuse

PATH = "/apis/apps/v1/namespaces/default/statefulsets/web"


@pytest.mark.parametrize(
    "message",
    [
        Message("PATCH", [{"op": "test", "path": "/metadata/uid", "value": "u"}], JSON_PATCH),
        Message("PATCH", {"spec": {"replicas": 3}}, MERGE_PATCH),
        Message("DELETE", {"preconditions": {"uid": "u"}}),
        Message("POST", {"kind": "Eviction"}),
    ],
)
async def test_a_write_is_sent_as_given(server: Server, session: Session, message: Message) -> None:
    server.then(answer({"kind": "Status"}))
    assert json.loads(await session.write(PATH, message, query=[("dryRun", "All")])) == {"kind": "Status"}
    seen = await server.received(1)
    assert (seen.method, seen.path, seen.query) == (message.method, PATH, {"dryRun": "All"})
    assert seen.headers["Content-Type"] == message.content_type
    assert json.loads(seen.body) == message.body


async def test_a_closed_gate_sends_nothing(server: Server, clock: ManualClock) -> None:
    session = Session(config_for(server.url), clock, gate=WriteGate("--read-only"))
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        with pytest.raises(WriteRefused, match=r"read-only mode \(--read-only\)"):
            await session.write(PATH, Message(method, {}), query=[("dryRun", "All")])
    await session.close()
    assert server.seen == []


async def test_a_write_is_never_repeated_after_a_broken_connection(server: Server, session: Session) -> None:
    server.then(answer({}), close_without_answer, answer({}))
    await session.get_raw("/version")
    with pytest.raises(Unreachable):
        # Over a kept-alive connection, on which the library would repeat a DELETE.
        await session.write(PATH, Message("DELETE", {}))
    await session.get_raw("/version")
    assert [seen.method for seen in server.seen] == ["GET", "DELETE", "GET"]


async def test_a_write_is_repeated_with_new_credentials_after_a_401(server: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")

    async def expired(request: object) -> object:
        token.write_text("new")
        return await refuse(401, "Unauthorized")(request)  # type: ignore[arg-type]

    server.then(expired, answer({}))  # type: ignore[arg-type]
    session = Session(config_for(server.url, credentials=Credentials(token_file=token)))
    await session.write(PATH, Message("PATCH", [], JSON_PATCH))
    await session.close()
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("code", [403, 404, 409, 422, 429, 500])
async def test_a_rejected_write_is_raised_and_not_repeated(server: Server, session: Session, code: int) -> None:
    server.then(refuse(code, "Conflict", "no"))
    with pytest.raises(ApiError) as caught:
        await session.write(PATH, Message("DELETE", {}))
    assert caught.value.status == code
    assert len(server.seen) == 1
