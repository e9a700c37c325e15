"""The bytes between a local client and a port of a pod."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from stsview.cluster.http.session import Session
from stsview.cluster.http.websocket import PING_SECONDS
from stsview.cluster.port_forward.channels import LARGEST_FRAME
from stsview.cluster.port_forward.port_stream import PortStream

LINGER_SECONDS = 10.0
"""How long a connection stays whose client sends no more, while the pod sends nothing either. The protocol cannot pass
on that a side has ended: the client may wait for the rest of an answer, or be gone."""

Count = Callable[[int, int], None]
"""Gets how many bytes were sent to the pod, and received from it."""


async def pump(
    session: Session,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    stream: PortStream,
    count: Count,
    half_closed: Callable[[], None],
) -> None:
    """Pass bytes in both directions until either side ends the connection; each side waits for the other to read.

    `half_closed` is called when the client sends no more. Raises `Unreachable` when the connection to the server
    breaks.
    """
    received = 0

    async def up() -> None:
        while data := await reader.read(LARGEST_FRAME):
            await stream.send(data)
            count(len(data), 0)

    async def down() -> None:
        nonlocal received
        async with aclosing(stream.received()) as chunks:
            async for data in chunks:
                writer.write(data)
                await writer.drain()
                received += len(data)
                count(0, len(data))

    async def keep_alive() -> None:
        while True:
            await session.sleep(PING_SECONDS)
            await stream.ping()

    sending, receiving = asyncio.create_task(up()), asyncio.create_task(down())
    pinging = asyncio.create_task(keep_alive())
    try:
        await asyncio.wait((sending, receiving, pinging), return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not receiving.done() and sending.exception() is None:
            half_closed()
            seen = -1
            while seen != received and not receiving.done():
                seen = received
                lingering = asyncio.create_task(session.sleep(LINGER_SECONDS))
                await asyncio.wait((receiving, lingering), return_when=asyncio.FIRST_COMPLETED)
                lingering.cancel()
        for task in (receiving, sending, pinging):
            if task.done():
                _raise_of(task)
    finally:
        for task in (sending, receiving, pinging):
            task.cancel()
        await asyncio.gather(sending, receiving, pinging, return_exceptions=True)


def _raise_of(task: asyncio.Task[None]) -> None:
    """Raise the error of a task, unless the local client has caused it by leaving."""
    error = task.exception()
    if error is not None and not isinstance(error, ConnectionError):
        raise error
