"""Why a set is as it is, in a frame in the colour of how bad that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from stsview.model.views import Health, SetView
from stsview.ui.kit.look.health_roles import health_of
from stsview.ui.kit.look.labelled_lines import Reason
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most
from stsview.ui.kit.widgets.panel import Panel
from stsview.ui.set.peek import LABEL_CELLS, reasons

_INDENT = 2

_MOST_LINES = 8
"""A part that is longer is cropped: messages of admission webhooks know no bounds."""

_HEADLINE_LINES = 2

_WEIGHTS: Mapping[str | None, int] = {None: 0, "next": 1, "so": 2}
"""What has more lines first, where there are not enough for all; the rest in its order."""


class ReasonPanel(Panel):
    """Headline, because, so, next."""

    def __init__(
        self,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._reasons: tuple[Reason, ...] = ()

    def tell(self, view: SetView, now: datetime, title: str) -> None:
        """Show why `view` is as it is; `title` stands in the frame."""
        self.say(title, health_of(view.severity), reasons(view, now, self._zone))

    def say(self, title: str, health: Health, told: Sequence[Reason]) -> None:
        """Show these explanations in a frame of that tone."""
        self._reasons = tuple(told)
        self.frame(title, health)
        self.show([line for reason in self._reasons for line in _flat(reason)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        """Each part in as many lines as it needs; where they do not all fit, each has one, and what is left goes to the
        parts in the order of their weight."""
        room = width - _INDENT - LABEL_CELLS
        parts = [part for reason in self._reasons for part in _parts(reason)]
        wanted = [
            len(
                wrap_at_most(spans, width, _HEADLINE_LINES) if label is None else wrap_at_most(spans, room, _MOST_LINES)
            )
            for label, spans in parts
        ]
        given = _shared([label for label, _ in parts], wanted, self.content_size.height)
        lines: list[Spans] = []
        for (label, spans), most in zip(parts, given, strict=True):
            if label is None:
                lines.extend(wrap_at_most(spans, width, most))
                continue
            for number, line in enumerate(wrap_at_most(spans, room, most)):
                shown = label if number == 0 else ""
                lines.append(((" " * _INDENT + shown.ljust(LABEL_CELLS), Role.DIM), *line))
        return lines


def _parts(reason: Reason) -> Iterator[tuple[str | None, Spans]]:
    """The headline, without a label, and the lines."""
    yield None, reason.headline
    yield from reason.lines


def _shared(labels: Sequence[str | None], wanted: Sequence[int], height: int) -> list[int]:
    """How many lines each part has: one at least, and all that it wants where there are enough."""
    given = [1] * len(wanted)
    spare = height - len(wanted)
    for part in sorted(range(len(wanted)), key=lambda part: _WEIGHTS.get(labels[part], len(_WEIGHTS))):
        more = max(0, min(spare, wanted[part] - 1))
        given[part] += more
        spare -= more
    return given


def _flat(reason: Reason) -> list[Spans]:
    return [reason.headline, *(((label, Role.DIM), *spans) for label, spans in reason.lines)]
