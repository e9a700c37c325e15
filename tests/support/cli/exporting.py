"""A running exporter, scraped over HTTP on the clock of a test."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stsview.cli.commands.exporter import export
from stsview.cli.support.select_sets import SetSelection
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from tests.live.conftest import Rig
from tests.support.cli.checking import target_of

PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")

needs_promtool = pytest.mark.skipif(not PROMTOOL, reason="there is no promtool in the PATH, nor in $PROMTOOL")

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Exporter:
    def __init__(self, rig: Rig, http: aiohttp.ClientSession, url: str, notes: list[str]) -> None:
        self._rig = rig
        self._http = http
        self.url = url
        self.notes = notes

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self._http.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()

    async def series(self) -> Series:
        status, text = await self.get("/metrics")
        assert status == 200
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        found = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}
        assert len(found) == len(samples), "no series occurs twice"
        return found

    async def value(self, name: str, **labels: str) -> float | None:
        return (await self.series()).get((name, tuple(sorted(labels.items()))))

    async def until(self, value: float | None, name: str, **labels: str) -> None:
        for _ in range(2000):
            if await self.value(name, **labels) == value:
                return
            await self._rig.clock.advance(0.25)
        raise AssertionError(f"waited in vain for {name} {labels} to be {value}: {await self.series()}")


@asynccontextmanager
async def exporting(rig: Rig, *names: str, user: str = "", lowest: Level = Level.NOTICE) -> AsyncIterator[Exporter]:
    target = KubeconfigTarget(str(rig.folder / user), namespaces=()) if user else target_of(rig)
    notes: list[str] = []
    selection = SetSelection.of(names, None)
    task = asyncio.create_task(
        export(target, ModelSettings(), selection, lowest, ("127.0.0.1", 0), rig.clock, notes.append)
    )
    try:
        await rig.until(lambda: bool(notes) or task.done(), "the server", step=0.0)
        if task.done():
            task.result()
        url = re.search(r"http://[\d.:]+", notes[0])
        assert url is not None
        async with aiohttp.ClientSession() as http:
            yield Exporter(rig, http, url[0], notes)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
