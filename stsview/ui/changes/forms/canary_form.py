"""What the highest pods of a set are to try."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from textual import work
from textual.containers import Vertical
from textual.widget import Widget

from stsview.actions.intents import CanaryStart, Intent
from stsview.live.errors import CannotRead
from stsview.live.on_demand import Document, ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.names import listed, short_revision
from stsview.model.rollout.history import HistoryEntry, find_revision, history_of
from stsview.model.states import Health
from stsview.model.views import Place, SetView
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import FormScreen, InvalidAnswer
from stsview.ui.changes.partition_choices import max_canary_pods
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_IMAGE, _REVISION, _RESTART = "image", "revision", "restart"

_NAMED = 3
"""So many revisions are named as examples."""


class CanaryScreen(FormScreen):
    """How many, and what: images, the template of another revision, or a restart."""

    def __init__(
        self, view: SetView, reading: ObjectReader, latest: Callable[[], Snapshot], now: Callable[[], datetime]
    ) -> None:
        super().__init__(f"Start a canary of {view.key}", now)
        self._view = view
        self._reading = reading
        self._latest = latest
        self._members = [row for row in view.ordinals if row.place is Place.EXPECTED]
        self._pods = FormRow("Pods", FormInput("1"))
        changes = [(_IMAGE, "image"), (_REVISION, "revision"), (_RESTART, "restart")]
        self._change = FormRow("Change", RadioRow(changes))
        self._revision = FormRow("Revision", FormInput(placeholder="number or name"))
        self._images: list[tuple[str, str, FormRow]] = []
        """Container, its image now as it is shown, and its row."""
        self._unread = f"reading the containers {active().ellipsis}"

    @property
    def detail_key(self) -> Key:
        return self._view.key

    def rows(self) -> Iterator[Widget]:
        yield self._pods
        yield self._change
        yield SpanLines(id="canary-told", classes="form-words")
        yield Vertical(id="canary-images")
        yield self._revision

    def on_mount(self) -> None:
        super().on_mount()
        # The app reads the revisions of the set that is told of.
        self.post_message(LiveScreen.Resumed())
        self.set_interval(1.0, self.settle)
        self._read_containers()

    @work(exclusive=True)
    async def _read_containers(self) -> None:
        try:
            document = await self._reading.get_object(STATEFULSETS, self._view.key)
        except CannotRead as error:
            self._unread = str(error)
        else:
            self._unread = ""
            for name, image in containers(document):
                row = FormRow(name, FormInput(image), wide=True)
                # As it is shown: what cannot be drawn is no change that somebody made.
                self._images.append((name, row.text, row))
            await self.query_one("#canary-images").mount_all([row for _, _, row in self._images])
        self.settle()

    def settle(self) -> None:
        change = self._change.text
        self._pods.hint(self._which())
        self._revision.display = change == _REVISION
        self._revision.hint(self._meant())
        self.query_one("#canary-images").display = change == _IMAGE and not self._unread
        told = self.query_one("#canary-told", SpanLines)
        told.display = change != _REVISION
        if change == _RESTART:
            told.show([(("The template stays, but for the annotation that kubectl writes to restart.", Role.DIM),)])
        elif self._unread:
            told.show(wrap_spans((sign(Health.UNKNOWN), (f" {self._unread}", Role.TEXT)), self.cells))
        else:
            told.show([(("Those of the template now; what is changed here the canary gets.", Role.DIM),)])

    def intent(self) -> Intent:
        view, change = self._view, self._change.text
        pods = self._count()
        images: tuple[tuple[str, str], ...] = ()
        revision = ""
        if change == _IMAGE:
            images = self._changed()
        elif change == _REVISION:
            revision = self._found()
        return CanaryStart(view.key, view.uid, view.rollout.update, pods, images, revision, restart=change == _RESTART)

    def _count(self) -> int:
        text, most = self._pods.text, max_canary_pods(self._view)
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) <= most):
            raise InvalidAnswer(self._pods, f"1 to {most}: one has to stay as it is")
        return int(text)

    def _which(self) -> str:
        """The pods that it will be, as far as that is known."""
        try:
            pods = self._count()
        except InvalidAnswer:
            return f"of {len(self._members)}, from the highest down"
        return listed([row.name for row in reversed(self._members[-pods:])])

    def _changed(self) -> tuple[tuple[str, str], ...]:
        if not self._images:
            raise InvalidAnswer(self._change, "none is known")
        for _, _, row in self._images:
            if not row.text or " " in row.text:
                raise InvalidAnswer(row, "an image, please")
        changed = tuple((name, row.text) for name, image, row in self._images if row.text != image)
        if not changed:
            raise InvalidAnswer(self._images[0][2], "as it is now")
        return changed

    def _found(self) -> str:
        if not self._revision.text:
            raise InvalidAnswer(self._revision, "a number or a name")
        try:
            found = find_revision(self._entries(), self._revision.text, self._view.name)
        except ValueError as error:
            raise InvalidAnswer(self._revision, str(error)) from error
        if found.name == self._view.rollout.update:
            raise InvalidAnswer(self._revision, "all are to run that one already")
        return found.name

    def _meant(self) -> str:
        """The revision that is meant, else those that there are."""
        entries = self._entries()
        try:
            found = find_revision(entries, self._revision.text, self._view.name)
        except ValueError:
            others = [entry for entry in entries if not entry.update][:_NAMED]
            return "; ".join(self._told(entry) for entry in others) or "none is known but the one that runs"
        return self._told(next(entry for entry in entries if entry.revision is found))

    def _told(self, entry: HistoryEntry) -> str:
        revision = entry.revision
        made = age(revision.created, self._now())
        return f"{revision.number}: {short_revision(revision.name, self._view.name)}{f', {made} old' if made else ''}"

    def _entries(self) -> Sequence[HistoryEntry]:
        detail = self._latest().detail
        return history_of(self._view, detail.revisions) if detail is not None and detail.key == self._view.key else ()


def containers(document: Document) -> list[tuple[str, str]]:
    """Name and image of each container of the template, those that run on before those that only begin; whatever else
    the document holds."""
    spec = _dict(_dict(_dict(document, "spec"), "template"), "spec")
    named = [one for part in ("containers", "initContainers") for one in _list(spec, part) if isinstance(one, dict)]
    return [(one["name"], str(one.get("image", ""))) for one in named if isinstance(one.get("name"), str)]


def _dict(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _list(document: Document, name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
