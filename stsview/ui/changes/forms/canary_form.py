"""Form for a canary: how many pods, and which change."""

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
from stsview.model.views import SetView
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.ui.changes.forms.form_row import FormInput, FormRow
from stsview.ui.changes.forms.form_screen import InvalidAnswer
from stsview.ui.changes.forms.plan_form import PlanFormScreen
from stsview.ui.changes.partition_choices import max_canary_pods
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.radio_row import RadioRow
from stsview.ui.kit.widgets.span_lines import SpanLines

_IMAGE, _REVISION, _RESTART = "image", "revision", "restart"

_MAX_EXAMPLES = 3
"""Revisions named as examples in the hint."""

_MAX_DIGITS = 10


class CanaryScreen(PlanFormScreen):
    """Number of pods, and the change: images, another revision, or a restart."""

    def __init__(
        self, view: SetView, reading: ObjectReader, latest: Callable[[], Snapshot], now: Callable[[], datetime]
    ) -> None:
        super().__init__(f"Start canary of {view.key}", now)
        self._view = view
        self._reading = reading
        self._latest = latest
        self._members = [row for row in view.ordinals if row.expected]
        self._pods = FormRow("Pods", FormInput("1", help_key=True))
        changes = [(_IMAGE, "image"), (_REVISION, "revision"), (_RESTART, "restart")]
        self._change = FormRow("Change", RadioRow(changes))
        self._revision = FormRow("Revision", FormInput(placeholder="number or name", help_key=True))
        self._images: list[tuple[str, str, FormRow]] = []
        """Container, its current image as shown, and its row."""
        self._containers_problem = f"loading containers {active().ellipsis}"
        """Why the containers are not known; empty once they are."""

    @property
    def detail_key(self) -> Key:
        return self._view.key

    def rows(self) -> Iterator[Widget]:
        yield self._pods
        yield self._change
        yield SpanLines(id="canary-note", classes="form-words")
        yield Vertical(id="canary-images")
        yield self._revision

    def on_mount(self) -> None:
        super().on_mount()
        # The app reads the revisions of the set named by `detail_key`.
        self.post_message(LiveScreen.Resumed())
        self.set_interval(1.0, self.update_rows)
        self._read_containers()

    @work(exclusive=True)
    async def _read_containers(self) -> None:
        try:
            document = await self._reading.get_object(STATEFULSETS, self._view.key)
        except CannotRead as error:
            self._containers_problem = str(error)
        else:
            self._containers_problem = ""
            for name, image in containers(document):
                row = FormRow(name, FormInput(image), wide=True)
                # The image as shown: replacing characters that cannot be drawn is not a change by the operator.
                self._images.append((name, row.text, row))
            await self.query_one("#canary-images").mount_all([row for _, _, row in self._images])
        self.update_rows()

    def update_rows(self) -> None:
        change = self._change.text
        self._pods.set_hint(self._pods_hint())
        self._revision.display = change == _REVISION
        self._revision.set_hint(self._revision_hint())
        self.query_one("#canary-images").display = change == _IMAGE and not self._containers_problem
        note = self.query_one("#canary-note", SpanLines)
        note.display = change != _REVISION
        if change == _RESTART:
            note.show([(("Changes nothing but the kubectl restart annotation of the template.", Role.DIM),)])
        elif self._containers_problem:
            problem = (sign(Health.UNKNOWN), (f" {self._containers_problem}", Role.TEXT))
            note.show(wrap_spans(problem, self.cells))
        else:
            note.show([(("Current images; edit the ones to try.", Role.DIM),)])

    def intent(self) -> Intent:
        view, change = self._view, self._change.text
        pods = self._count()
        images: tuple[tuple[str, str], ...] = ()
        revision = ""
        if change == _IMAGE:
            images = self._changed_images()
        elif change == _REVISION:
            revision = self._revision_name()
        return CanaryStart(view.key, view.uid, view.rollout.update, pods, images, revision, restart=change == _RESTART)

    def _count(self) -> int:
        text, limit = self._pods.text, max_canary_pods(self._view)
        if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS and 0 < int(text) <= limit):
            raise InvalidAnswer(self._pods, f"1 to {limit}: one pod stays unchanged")
        return int(text)

    def _pods_hint(self) -> str:
        """Names of the canary pods; how they are counted while the number is invalid."""
        try:
            pods = self._count()
        except InvalidAnswer:
            return f"of {len(self._members)}, highest ordinals first"
        return listed([row.name for row in reversed(self._members[-pods:])])

    def _changed_images(self) -> tuple[tuple[str, str], ...]:
        if not self._images:
            raise InvalidAnswer(self._change, "no images known")
        for _, _, row in self._images:
            if not row.text or " " in row.text:
                raise InvalidAnswer(row, "enter an image")
        changed = tuple((name, row.text) for name, image, row in self._images if row.text != image)
        if not changed:
            raise InvalidAnswer(self._images[0][2], "unchanged")
        return changed

    def _revision_name(self) -> str:
        if not self._revision.text:
            raise InvalidAnswer(self._revision, "enter a number or name")
        try:
            entry = find_revision(self._entries(), self._revision.text, self._view.name)
        except ValueError as error:
            raise InvalidAnswer(self._revision, str(error)) from error
        if entry.name == self._view.rollout.update:
            raise InvalidAnswer(self._revision, "already the update revision")
        return entry.name

    def _revision_hint(self) -> str:
        """The revision that was typed, or else examples."""
        entries = self._entries()
        try:
            revision = find_revision(entries, self._revision.text, self._view.name)
        except ValueError:
            others = [entry for entry in entries if not entry.update][:_MAX_EXAMPLES]
            return "; ".join(self._entry_text(entry) for entry in others) or "no other revision known"
        return self._entry_text(next(entry for entry in entries if entry.revision is revision))

    def _entry_text(self, entry: HistoryEntry) -> str:
        revision = entry.revision
        old = age(revision.created, self._now())
        return f"{revision.number}: {short_revision(revision.name, self._view.name)}{f', {old} old' if old else ''}"

    def _entries(self) -> Sequence[HistoryEntry]:
        detail = self._latest().detail
        return history_of(self._view, detail.revisions) if detail is not None and detail.key == self._view.key else ()


def containers(document: Document) -> list[tuple[str, str]]:
    """Name and image of each container of the pod template, init containers last.

    Malformed parts are left out.
    """
    spec = _dict(_dict(_dict(document, "spec"), "template"), "spec")
    named = [one for part in ("containers", "initContainers") for one in _list(spec, part) if isinstance(one, dict)]
    return [(one["name"], str(one.get("image", ""))) for one in named if isinstance(one.get("name"), str)]


def _dict(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _list(document: Document, name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
