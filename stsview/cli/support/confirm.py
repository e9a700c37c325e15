"""Confirmation of a plan by command-line options or at a terminal."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Self

import msgspec
from msgspec.structs import replace

from stsview.actions.errors import Changed
from stsview.actions.plan import ATTESTATION_IDS, Answers, Confirmation, Plan
from stsview.actions.run import Run
from stsview.actions.service import ActionService
from stsview.cli.output.console import Console
from stsview.cli.output.plan_text import overriding_options, print_plan
from stsview.cli.support.terminal import Prompt
from stsview.text.glyphs import active


class GivenConfirmation(msgspec.Struct, frozen=True):
    """The confirmation that the options on the command line give."""

    name: str = ""
    context: str = ""
    attested: frozenset[str] = frozenset()
    reason: str = ""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        # The reason for an override is a reason.
        reason = arguments.reason or arguments.override
        return cls(arguments.confirm, arguments.confirm_context, frozenset(arguments.attest), reason)

    def answers(self, plan: Plan) -> Answers:
        """The answers, without attestations that the plan does not ask for."""
        asked = frozenset(attestation.id for attestation in plan.confirmation.attestations)
        return Answers(self.name, self.attested & asked, self.context, self.reason)

    def missing(self, plan: Plan) -> tuple[str, ...]:
        """What a script still has to confirm, one phrase each."""
        return script_confirmation(plan).missing(self.answers(plan))


class NotConfirmed(Exception):
    """Nothing was sent; the message says why, in one line."""

    def __init__(self, message: str, plan: Plan | None = None, changed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.plan = plan
        """To print with the message; None if it has been printed already."""
        self.changed = changed
        """What differs from the plan before."""


def script_confirmation(plan: Plan) -> Confirmation:
    """What a script has to confirm.

    That always includes the object's name, since nothing may happen by default.
    """
    return replace(plan.confirmation, name=plan.about.name)


def confirmation_options(plan: Plan) -> str:
    """The options with which a script confirms the plan, quoted for a shell."""
    required = script_confirmation(plan)
    words = ["--confirm", required.name]
    if required.context:
        words += ["--confirm-context", required.context]
    for attestation in required.attestations:
        words += ["--attest", attestation.id]
    if required.reason and not getattr(plan.intent, "override", ""):
        words += ["--reason", "TEXT"]
    return shlex.join(words)


def refusal(plan: Plan) -> str:
    """Why a plan is refused, in one line."""
    reasons = "; ".join(check.words for check in plan.refused)
    return "; ".join((f"refused: {reasons}", *overriding_options(plan)))


def unknown_attestation(plan: Plan, given: GivenConfirmation) -> str:
    """What is wrong with the facts that were attested; empty for nothing.

    A fact that only another plan asks for is no error: the cluster may have changed since the command was written.
    """
    unknown = sorted(given.attested - ATTESTATION_IDS)
    if not unknown:
        return ""
    asked = [one.id for one in plan.confirmation.attestations]
    return f"--attest {unknown[0]} is not known; this plan asks for {', '.join(asked) or 'none'}"


async def confirm(
    action_service: ActionService, plan: Plan, given: GivenConfirmation, context: str, prompt: Prompt | None
) -> Run:
    """Confirm a plan with the options given, ask for the rest; returns its run.

    `context` is the name of the current one. Raises `NotConfirmed`, and `Refused` if the last check of the cluster
    speaks against the plan.
    """
    answers = given.answers(plan)
    changed: tuple[str, ...] = ()
    while True:
        if plan.refused:
            raise NotConfirmed("; ".join((*changed, refusal(plan))), plan, changed)
        if given.name and given.name != plan.about.name:
            raise NotConfirmed(f"--confirm {given.name} does not match {plan.about.name}: nothing changed")
        if given.context and given.context != context:
            raise NotConfirmed(f"--confirm-context {given.context} does not match {context}: nothing changed")
        if script_confirmation(plan).missing(answers):
            if prompt is None:
                message = f"not confirmed, nothing changed; to confirm: {confirmation_options(plan)}"
                raise NotConfirmed(message, plan, changed)
            print_plan(plan, Console(sys.stderr), changed)
            answers = await _ask(plan, answers, prompt)
            Console(sys.stderr).line((f"re-checking{active().ellipsis}", "dim"))
        try:
            return await action_service.confirm(plan, answers)
        except Changed as error:
            if prompt is None:
                message = "cluster state changed; review and confirm again: nothing changed"
                raise NotConfirmed(message, error.plan, error.differences) from error
            # The answers were for the plan before.
            plan, changed, answers = error.plan, error.differences, Answers(reason=answers.reason)


async def _ask(plan: Plan, answers: Answers, prompt: Prompt) -> Answers:
    """The answers with what was missing.

    Raises `NotConfirmed` at the first that does not match.
    """
    required = plan.confirmation
    typed = False
    for attestation in required.attestations:
        if attestation.id not in answers.attested:
            typed = True
            _match(attestation.id, await prompt(f'Type "{attestation.id}" to attest this'))
            answers = replace(answers, attested=answers.attested | {attestation.id})
    if required.name and answers.name != required.name:
        typed = True
        _match(required.name, await prompt(f"Type the name of the {_kind(plan)} to confirm"))
    if required.context and answers.context != required.context:
        typed = True
        _match(required.context, await prompt("Protected context: type its name to confirm"))
    if not typed and answers.name != plan.about.name:
        _match("yes", await prompt('Type "yes" to continue'))
    reason = answers.reason.strip()
    if required.reason and not reason:
        reason = await prompt("Enter a reason for the audit log")
    answers = replace(answers, name=plan.about.name, context=required.context or answers.context, reason=reason)
    if missing := required.missing(answers):
        raise NotConfirmed(f"aborted, nothing changed: {missing[0]}")
    return answers


def _match(required: str, typed: str) -> None:
    if typed != required:
        raise NotConfirmed("aborted, nothing changed")


def _kind(plan: Plan) -> str:
    return {"Pod": "pod", "StatefulSet": "StatefulSet"}.get(plan.about.kind, "object")
