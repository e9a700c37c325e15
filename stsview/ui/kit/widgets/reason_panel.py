"""A panel of explanations, in the colour of the worst one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from stsview.model.states import Health
from stsview.ui.kit.look.labelled_lines import EFFECT, LABEL_CELLS, NEXT_STEP, Reason
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most
from stsview.ui.kit.widgets.panel import Panel

_INDENT = 2

_MOST_LINES = 8
"""A longer part is cropped: messages of admission webhooks may be of any length."""

_HEADLINE_LINES = 2

_WEIGHTS: Mapping[str | None, int] = {None: 0, NEXT_STEP: 1, EFFECT: 2}
"""Which parts get more lines first when there are not enough for all; the others follow in order."""


class ReasonPanel(Panel):
    """Headline, cause, effect, next step."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._reasons: tuple[Reason, ...] = ()

    def show_reasons(self, title: str, health: Health, reasons: Sequence[Reason]) -> None:
        """Show `reasons`, with the frame in the colour of `health`."""
        self._reasons = tuple(reasons)
        self.set_frame(title, health)
        self.show([line for reason in self._reasons for line in _flat(reason)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        """Each part in as many lines as it needs.

        If they do not fit, one each, and the rest by weight.
        """
        room = width - _INDENT - LABEL_CELLS
        parts = [part for reason in self._reasons for part in _parts(reason)]
        wanted = [
            len(
                wrap_at_most(spans, width, _HEADLINE_LINES) if label is None else wrap_at_most(spans, room, _MOST_LINES)
            )
            for label, spans in parts
        ]
        given = _distribute([label for label, _ in parts], wanted, self.content_size.height)
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
    """The headline, whose label is None, and the lines."""
    yield None, reason.headline
    yield from reason.lines


def _distribute(labels: Sequence[str | None], wanted: Sequence[int], height: int) -> list[int]:
    """Lines of each part: at least one, and all it needs where there are enough."""
    given = [1] * len(wanted)
    spare = height - len(wanted)
    for part in sorted(range(len(wanted)), key=lambda part: _WEIGHTS.get(labels[part], len(_WEIGHTS))):
        more = max(0, min(spare, wanted[part] - 1))
        given[part] += more
        spare -= more
    return given


def _flat(reason: Reason) -> list[Spans]:
    return [reason.headline, *(((label, Role.DIM), *spans) for label, spans in reason.lines)]
