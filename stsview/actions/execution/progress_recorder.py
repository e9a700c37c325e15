"""The progress of an execution as it is shown.

Its steps with their times, and what it waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace

from stsview.actions.progress import Outcome, Progress, Step


class ProgressRecorder:
    """Collects progress and queues each change for the one that follows the execution.

    `now` returns the server's time. A step is named by its words.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.progress = Progress(())
        self._now = now
        self._steps: dict[str, Step] = {}
        self._queue: list[Progress] = []
        self._changed = asyncio.Event()

    def show_request(self, words: str, done: bool, detail: str = "") -> None:
        """Show or update a step that is a request."""
        self._show(words, done, detail, self.progress.part, is_request=True)

    def show_step(self, words: str, done: bool, detail: str = "", *, part: tuple[int, int] | None = None) -> None:
        """Show or update one step. Its start, and the end once it is done, are kept."""
        known = self._steps.get(words)
        self._show(words, done, detail, part, is_request=known is not None and known.is_request)

    def _show(self, words: str, done: bool, detail: str, part: tuple[int, int] | None, *, is_request: bool) -> None:
        now = self._now()
        known = self._steps.get(words)
        since = known.since if known is not None else now
        until = (known.until if known is not None and known.done else now) if done else None
        self._steps[words] = Step(words, done, since, until, "" if done else detail, is_request)
        self._put(replace(self.progress, steps=tuple(self._steps.values()), words="", part=part or self.progress.part))

    def remove_step(self, words: str) -> None:
        """Remove a step that turned out not to be needed; it need not be there."""
        if self._steps.pop(words, None) is not None:
            self._put(replace(self.progress, steps=tuple(self._steps.values())))

    def show_count(self, done: int, of: int) -> None:
        """Show how many ordinals are done, of how many."""
        self._put(replace(self.progress, part=(done, of)))

    def show_words(self, words: str) -> None:
        """Show one line about the whole; empty clears it."""
        self._put(replace(self.progress, words=words))

    def show_paused(self, paused: bool, words: str = "") -> None:
        self._put(replace(self.progress, paused=paused, words=words))

    def finish(self, outcome: Outcome, words: str) -> None:
        self._put(replace(self.progress, outcome=outcome, words=words, paused=False))

    def pending(self) -> Iterator[Progress]:
        """Yield the queued changes, the oldest first; also those that arrive meanwhile."""
        while self._queue:
            yield self._queue.pop(0)

    async def changed(self) -> None:
        """Wait until something was queued, or `wake` was called, since this returned last."""
        await self._changed.wait()
        self._changed.clear()

    def wake(self) -> None:
        """Let `changed` return."""
        self._changed.set()

    def _put(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self._queue.append(progress)
            self._changed.set()
