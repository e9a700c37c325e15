"""Base of the screens that show findings: their steps, explanation and log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from stsview.model.finding import Finding
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.log_messages import ContainerRun, LogTail
from stsview.objects.meta import Key
from stsview.ui.changes.change_commands import ActionCommands
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectRequested
from stsview.ui.kit.clipboard import copy
from stsview.ui.kit.commands.commands import Availability, Unavailable
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.ui.findings.steps import Step

# What only findings need is imported with the first of them: the first frame, which has none, does not wait for it.


class StepCommands(ActionCommands, InspectCommands):
    """Lists the steps of the findings that are shown, and takes them."""

    class LogWanted(Message):
        """The screen quotes this run of a pod of this set now; None for none."""

        def __init__(self, run: ContainerRun | None, set_key: Key | None) -> None:
            super().__init__()
            self.run = run
            self.set = set_key

    @abstractmethod
    def shown_findings(self) -> tuple[SetView, Sequence[Finding]] | None:
        """The set, and those of its findings, that are shown or selected now."""

    @property
    def has_steps(self) -> Availability:
        shown = self.shown_findings()
        found = shown is not None and any(finding.remedies for finding in shown[1])
        return found or Unavailable("no finding here proposes a step")

    def action_fix(self, argument: str = "") -> None:
        shown = self.shown_findings()
        if shown is not None:
            self.choose_step(*shown)

    def choose_step(self, view: SetView, findings: Sequence[Finding]) -> None:
        """List the steps of these findings, and take the chosen one."""
        from stsview.ui.findings.step_chooser import StepChooser
        from stsview.ui.findings.steps import steps_of

        steps = steps_of(view, findings)
        if not steps:
            return

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.take(view, steps[int(chosen[0]) - 1], lambda: self.choose_step(view, findings))

        self.app.push_screen(StepChooser(str(view.key), steps), on_chosen)

    def take(self, view: SetView, step: Step, back: Callable[[], None] | None = None) -> None:
        """Open the plan or the view of a step; else copy its command, or explain its finding.

        `back` opens what was asked before, when the plan is cancelled.
        """
        if step.intent is not None:
            changes = self.changes_of(view.key)
            if isinstance(changes, Unavailable):
                toast(self, f"step {step.number}: {changes.reason}", health=Health.WARNING)
            elif changes:
                self.open_plan(step.intent, back)
        elif step.view is not None:
            self.post_message(InspectRequested(*step.view))
        elif step.remedy.command:
            copy(self, step.remedy.command, f"the command of step {step.number}")
        else:
            self.explain(view, step.finding)

    def explain(self, view: SetView, finding: Finding) -> None:
        """Explain a finding and its rule; from there its steps can be listed too."""
        from stsview.triage.on_first_use import rule_of
        from stsview.ui.findings.explain_screen import ExplainScreen
        from stsview.ui.findings.finding_text import details
        from stsview.ui.findings.steps import steps_of

        rule = rule_of(finding.rule)
        if rule is None:
            return

        def on_closed(fix: bool | None) -> None:
            if fix:
                self.choose_step(view, (finding,))

        steps = steps_of(view, (finding,))
        tail = self.log_tail(view, (finding,))
        reason = details(
            finding,
            self._now() + self.newest().state_of(view.key).ahead,
            self.zone,
            view=view,
            steps=steps,
            tail=tail,
            short_log=True,
        )
        self.app.push_screen(ExplainScreen(rule, reason, steps=bool(steps)), on_closed)

    def log_tail(self, view: SetView, findings: Sequence[Finding]) -> LogTail | None:
        """The log to quote below these findings, as far as it was read."""
        from stsview.ui.findings.log_quote import run_of

        run = run_of(view, findings)
        if run is None:
            return None
        tail = self.newest().log_tail
        return tail if tail is not None and tail.run == run else LogTail(run)

    def want_log(self) -> None:
        """Ask for the log that is quoted; called again and again, since one that failed is read again."""
        shown, run = self.shown_findings(), None
        if shown is not None:
            from stsview.ui.findings.log_quote import run_of

            run = run_of(*shown)
        self.post_message(self.LogWanted(run, None if shown is None else shown[0].key))
