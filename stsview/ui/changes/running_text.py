"""Short texts about running, ended and unfinished actions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from stsview.actions.intents import CanaryAbort, Grow, OrderedRestart, Recreate, ResumeRecreate, Unblock, Undo
from stsview.actions.progress import Outcome, Progress
from stsview.model.names import listed, pod_name
from stsview.model.states import Health
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.text.terminal_text import crop
from stsview.ui.changes.progress_lines import health_of_progress, outcome_text
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.progress_bar import bar
from stsview.ui.kit.look.roles import Role, Span, Spans

if TYPE_CHECKING:
    from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
    from stsview.actions.operations.ordered_restart.journal import Unfinished
    from stsview.actions.operations.recreate.journal import Unfinished as UnfinishedRecreation
    from stsview.actions.plan import Plan
    from stsview.model.views import SetView

_BAR_CELLS = 12
_SHORT_TITLE = 40


def notice_forms(title: str, progress: Progress, others: int = 0) -> tuple[Spans, ...]:
    """Notice line about an action, in forms from the longest to the shortest.

    `others`: the number of other actions that are running.
    """
    dot: Span = (f" {active().separator} ", Role.DIM)
    health = health_of_progress(progress)
    head: Spans = (sign(health), (f" {title}", Role.TEXT))
    short: Span = (f" {crop(title, _SHORT_TITLE)}", Role.TEXT)
    key: list[Span] = [("   ", Role.DIM), (hint("actions", "a"), Role.KEY), (": show", Role.DIM)]
    if progress.outcome is not Outcome.RUNNING:
        outcome: list[Span] = [dot, (outcome_text(progress), role_of(health).strong)]
        why: list[Span] = [dot, (progress.words, Role.TEXT)] if progress.words else []
        return ((*head, *outcome, *why, *key), (*head, *outcome, *key), (head[0], short, *outcome, *key))
    share: list[Span] = []
    meter: list[Span] = []
    if progress.part is not None:
        done, total = progress.part
        meter = [("  ", Role.DIM), *bar(done, total, _BAR_CELLS)]
        share = [dot, (number(done), Role.STRONG), (f" of {number(total)}", Role.TEXT)]
    paused: list[Span] = [dot, ("paused", Role.WARNING)] if progress.paused else []
    current = next((step.shown for step in reversed(progress.steps) if not step.done), "")
    step: list[Span] = [dot, (current, Role.DIM)] if current and not progress.paused else []
    more: list[Span] = [dot, (f"{number(others)} more", Role.TEXT)] if others else []
    return (
        (*head, *meter, *share, *paused, *step, *more, *key),
        (*head, *meter, *share, *paused, *more, *key),
        (*head, *share, *paused, *key),
        (head[0], short, *share, *paused, *key),
    )


def share_text(progress: Progress) -> str:
    """Share of ordinals done: `2 of 5, paused`; empty when unknown."""
    share = [f"{number(progress.part[0])} of {number(progress.part[1])}"] if progress.part is not None else []
    return ", ".join([*share, *(["paused"] if progress.paused else [])])


def quit_warning(plan: Plan) -> str:
    """What happens to a running action when stsview quits."""
    running = f'"{plan.heading}" is still running'
    match plan.intent:
        case OrderedRestart():
            return f"{running}; it stops after the current pod, and r on the set continues it later"
        case Grow():
            return f"{running}; PVCs that were asked to grow do so, and + on the set continues it later"
        case Recreate() | ResumeRecreate():
            return f"{running}; it is finished first for at most 4 s, and :recreate continue finishes it later"
        case Undo() | Unblock() | CanaryAbort():
            return f"{running}; the rollout continues in the cluster, but no more pods are unblocked"
    return f"{running}; it continues in the cluster"


def unfinished_recreation_forms(view: SetView, begun: UnfinishedRecreation) -> tuple[Spans, ...]:
    """Notice line about a recreation that was interrupted, in forms from the longest to the shortest."""
    key: list[Span] = [("   ", Role.DIM), (":recreate continue", Role.KEY)]
    head: list[Span] = [sign(Health.WARNING), (f" {view.key}: ", Role.STRONG)]
    return (
        (*head, (begun.words, Role.TEXT), *key),
        (*head, ("unfinished recreation", Role.TEXT), *key),
        (*head, ("unfinished", Role.TEXT), *key),
    )


def unfinished_growth_forms(view: SetView, begun: UnfinishedGrowth) -> tuple[Spans, ...]:
    """Notice line about a growth that was interrupted, in forms from the longest to the shortest."""
    key: list[Span] = [("   ", Role.DIM), ("+", Role.KEY), (": continue", Role.DIM)]
    head: list[Span] = [sign(Health.WARNING), (f" {view.key}: ", Role.STRONG)]
    return (
        (*head, (begun.words, Role.TEXT), *key),
        (*head, ("unfinished growth of its storage", Role.TEXT), *key),
        (*head, ("unfinished", Role.TEXT), *key),
    )


def unfinished_text(left: Unfinished, now: datetime) -> str:
    """Progress of a restart that was not finished."""
    journal = left.journal
    if journal is None:
        return left.words
    done = len(journal.done)
    total = done + len(journal.left) + (journal.current is not None)
    started = age(_instant(journal.started), now)
    parts = [f"{number(done)} of {count(total, 'pod')} done"]
    if journal.current is not None:
        parts.append(f"{journal.current.name} {'is' if left.running else 'was'} in progress")
    if journal.left:
        parts.append(f"remaining: {listed([pod_name(journal.set, ordinal) for ordinal in journal.left])}")
    state = "is running, here or in another stsview" if left.running else "was not finished"
    return f"a restart{f' started {started} ago' if started else ''} {state}: {'; '.join(parts)}"


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
