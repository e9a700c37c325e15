"""What is under way, or was not finished, in a few words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from stsview.actions.intents import CanaryAbort, OrderedRestart, Unblock, Undo
from stsview.actions.progress import Outcome, Progress
from stsview.model.names import listed, pod_name
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.changes.progress_lines import health_of_progress, outcome_text
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.phrases import count, number
from stsview.ui.kit.look.progress_bar import bar
from stsview.ui.kit.look.roles import Role, Span, Spans

if TYPE_CHECKING:
    from stsview.actions.operations.ordered_restart.journal import Unfinished
    from stsview.actions.plan import Plan

_BAR = 12
_SHORT = 40
"""Cells of a title where there is not room for all of it."""


def notice_forms(title: str, progress: Progress, others: int = 0) -> tuple[Spans, ...]:
    """The fullest form first, each of the others shorter; `others` are under way as well."""
    dot: Span = (f" {active().separator} ", Role.DIM)
    health = health_of_progress(progress)
    head: Spans = (sign(health), (f" {title}", Role.TEXT))
    shows: list[Span] = [("   ", Role.DIM), ("a", Role.KEY), (" shows it", Role.DIM)]
    if progress.outcome is not Outcome.RUNNING:
        how: list[Span] = [dot, (outcome_text(progress), role_of(health).strong)]
        why: list[Span] = [dot, (progress.words, Role.TEXT)] if progress.words else []
        short: Span = (f" {crop(title, _SHORT)}", Role.TEXT)
        return ((*head, *how, *why, *shows), (*head, *how, *shows), (head[0], short, *how, *shows))
    share: list[Span] = []
    meter: list[Span] = []
    if progress.part is not None:
        done, of = progress.part
        meter = [("  ", Role.DIM), *bar(done, of, _BAR)]
        share = [dot, (number(done), Role.STRONG), (f" of {number(of)}", Role.TEXT)]
    held: list[Span] = [dot, ("paused", Role.WARNING)] if progress.paused else []
    present = next((step.words for step in reversed(progress.steps) if not step.done), "")
    now: list[Span] = [dot, (present, Role.DIM)] if present and not progress.paused else []
    more: list[Span] = [dot, (f"{number(others)} more", Role.TEXT)] if others else []
    return (
        (*head, *meter, *share, *held, *now, *more, *shows),
        (*head, *meter, *share, *held, *more, *shows),
        (*head, *share, *held, *shows),
        (head[0], (f" {crop(title, _SHORT)}", Role.TEXT), *share, *held, *shows),
    )


def share_text(progress: Progress) -> str:
    """`2 of 5, paused`: how far it is; empty where that is not told."""
    share = [f"{number(progress.part[0])} of {number(progress.part[1])}"] if progress.part is not None else []
    return ", ".join([*share, *(["paused"] if progress.paused else [])])


def quit_warning(plan: Plan) -> str:
    """What becomes of what is under way when nobody is there any more."""
    match plan.intent:
        case OrderedRestart():
            return f"{plan.title}: it stops with the pod that it is at, and can be continued later: r on its set"
        case Undo() | Unblock() | CanaryAbort():
            return f"{plan.title}: what was sent goes on in the cluster, but no further pod is freed"
    return f"{plan.title}: it goes on in the cluster, but nobody follows it"


def unfinished_text(left: Unfinished, now: datetime) -> str:
    """How far a restart came."""
    journal = left.journal
    if journal is None:
        return left.words
    done = len(journal.done)
    all_ = done + len(journal.left) + (journal.current is not None)
    began = age(_instant(journal.started), now)
    parts = [f"{number(done)} of {count(all_, 'pod')} done"]
    if journal.current is not None:
        parts.append(f"{journal.current.name} {'is' if left.running else 'was'} under way")
    if journal.left:
        parts.append(f"left: {listed([pod_name(journal.set, ordinal) for ordinal in journal.left])}")
    state = "goes on, here or in another stsview" if left.running else "was not finished"
    return f"a restart{f' begun {began} ago' if began else ''} {state}: {'; '.join(parts)}"


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
