"""Which namespaces to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual import work

from stsview.objects.meta import Key
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.look.phrases import count

ALL = ""
"""Value of the line that stands for all namespaces."""


class NamespaceChooser(Chooser):
    """Ends with the namespaces, none of them for all; or with None when nothing is to change."""

    def __init__(
        self, listing: Callable[[], Awaitable[Sequence[str]]], held: Sequence[str], sets: Iterable[Key]
    ) -> None:
        """`held` are those looked at now, `sets` those shown; `listing` tells all that the cluster has, which may
        take its time, and what went wrong if it cannot."""
        self._listing = listing
        self._looked_at = tuple(held)
        self._amounts = Counter(key.namespace for key in sets)
        super().__init__("Namespaces", self._with(()), marked=held or (ALL,), multiple=True)

    def on_mount(self) -> None:
        super().on_mount()
        self._list()

    @work(exit_on_error=False)
    async def _list(self) -> None:
        self.set_choices(self._with(await self._listing()))

    def _with(self, namespaces: Sequence[str]) -> list[Choice]:
        """What is looked at and what has sets is offered even while, or if, the cluster does not name it."""
        names = sorted({*namespaces, *self._looked_at, *self._amounts})
        hints = {name: count(self._amounts[name], "set") if self._amounts[name] else "" for name in names}
        return [Choice(ALL, "all namespaces"), *(Choice(name, name, hints[name]) for name in names)]

    def toggle(self, value: str) -> None:
        if value == ALL:
            self._marked = {ALL}
            return
        super().toggle(value)
        self._marked.discard(ALL)
        if not self._marked:
            self._marked = {ALL}
