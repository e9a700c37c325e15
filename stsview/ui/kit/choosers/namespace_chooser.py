"""The dialog that chooses which namespaces to watch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual import work

from stsview.objects.meta import Key
from stsview.text.numbers import count
from stsview.ui.kit.choosers.chooser import Choice, Chooser

ALL = ""
"""Value of the line `all namespaces`."""


class NamespaceChooser(Chooser):
    """Returns the chosen namespaces, `ALL` among them for all, or None when cancelled."""

    def __init__(
        self, listing: Callable[[], Awaitable[Sequence[str]]], current: Sequence[str], sets: Iterable[Key]
    ) -> None:
        """`current` are the watched namespaces, `sets` the visible sets.

        `listing` lists the namespaces of the cluster, which may take long; it reports its own errors.
        """
        self._listing = listing
        self._current = tuple(current)
        self._amounts = Counter(key.namespace for key in sets)
        super().__init__("Namespaces", self._choices_of(()), marked=current or (ALL,), multiple=True)

    def on_mount(self) -> None:
        super().on_mount()
        self._list()

    @work(exit_on_error=False)
    async def _list(self) -> None:
        self.set_choices(self._choices_of(await self._listing()))

    def _choices_of(self, namespaces: Sequence[str]) -> list[Choice]:
        """Choices, also of watched namespaces that the cluster has not listed."""
        names = sorted({*namespaces, *self._current, *self._amounts})
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
