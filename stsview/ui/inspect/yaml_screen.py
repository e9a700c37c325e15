"""YAML screen of an object."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from stsview.live.on_demand import Document
from stsview.ui.inspect.inspect_target import InspectView, ObjectRef
from stsview.ui.inspect.object_screen import ObjectScreen
from stsview.ui.inspect.yaml_text import yaml_lines
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Spans


class YamlScreen(ObjectScreen):
    """The whole object.

    Managed fields and the last applied configuration are folded at first.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "unfold",
            ("m",),
            "managed fields",
            "Unfold managedFields and the last applied configuration",
            "Display",
            Rank.DISPLAY,
            short="managed",
        ),
    )

    _unfolded = False
    _document: Document | None = None

    def path(self) -> Sequence[str]:
        return (*self._ref.key, "yaml") if self._ref.key.namespace else (self._ref.key.name, "yaml")

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.YAML and super().offers(inspect_view)

    async def read(self, ref: ObjectRef) -> Sequence[Spans]:
        self._document = await self.reading.get_object(ref.kind, ref.key)
        self.check_uid(self._document)
        return await self._lines(self._document)

    async def _lines(self, document: Document) -> Sequence[Spans]:
        # An object of some megabytes takes a second: run it in a thread.
        return await asyncio.to_thread(yaml_lines, document, unfolded=self._unfolded)

    async def action_unfold(self) -> None:
        self._unfolded = not self._unfolded
        if self._document is not None:
            self.show_lines(await self._lines(self._document))
