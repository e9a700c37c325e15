"""From a plan to a run: what the command line confirms, and what somebody at a terminal does."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from stsview.actions.errors import Changed
from stsview.actions.intents import OrderedRestart
from stsview.actions.plan import Answers, Confirmation, Plan
from stsview.actions.run import Run
from stsview.actions.service import ActionService
from stsview.cli.output.console import Console
from stsview.cli.output.plan_text import print_plan
from stsview.cli.support.terminal import Ask


@dataclass(frozen=True, slots=True)
class GivenConfirmation:
    """What the command line says to confirm it with."""

    name: str = ""
    context: str = ""
    attested: frozenset[str] = frozenset()
    reason: str = ""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        # Whoever overrides a refusal has said why.
        reason = arguments.reason or arguments.override
        return cls(arguments.confirm, arguments.confirm_context, frozenset(arguments.attest), reason)

    def answers(self, plan: Plan) -> Answers:
        """As far as the plan asks for them."""
        asked = frozenset(attestation.id for attestation in plan.confirmation.attestations)
        return Answers(self.name, self.attested & asked, self.context, self.reason)

    def missing(self, plan: Plan) -> tuple[str, ...]:
        """What is still lacking where nobody can be asked, a phrase each."""
        return needs(plan).missing(self.answers(plan))


class NotConfirmed(Exception):
    """Nothing was sent; the message says why, in one line."""

    def __init__(self, message: str, plan: Plan | None = None, changed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.plan = plan
        """To be shown with it; None where it was shown already."""
        self.changed = changed
        """What is another since the plan before."""


def needs(plan: Plan) -> Confirmation:
    """What a script has to say. It has no key to press, so it names the object always: nothing is done by default."""
    return replace(plan.confirmation, name=plan.about.name)


def flags(plan: Plan) -> str:
    """What a script has to say, as it is written in a shell."""
    wanted = needs(plan)
    words = ["--confirm", wanted.name]
    if wanted.context:
        words += ["--confirm-context", wanted.context]
    for attestation in wanted.attestations:
        words += ["--attest", attestation.id]
    if wanted.reason and not getattr(plan.intent, "override", ""):
        words += ["--reason", "TEXT"]
    return shlex.join(words)


def refusal(plan: Plan) -> str:
    """Why a plan that is refused is; one line."""
    why = "; ".join(check.words for check in plan.refused)
    return "; ".join((f"refused: {why}", *_lifts(plan)))


def _lifts(plan: Plan) -> Iterator[str]:
    """What would lift it on the command line."""
    intent = plan.intent
    if plan.overridable:
        yield "--override REASON does it all the same"
    only_revision = {check.id for check in plan.refused} == {"revision"}
    if only_revision and isinstance(intent, OrderedRestart) and not intent.other_revision:
        yield "--other-revision does it all the same"


async def confirmed(
    action_service: ActionService, plan: Plan, given: GivenConfirmation, context: str, ask: Ask | None
) -> Run:
    """What does it, once somebody has said so: on the command line, or asked at a terminal for what that lacks.

    `context` is the one that is looked at. Raises `NotConfirmed`, and `Refused` where something speaks against it at
    the last moment.
    """
    answers = given.answers(plan)
    changed: tuple[str, ...] = ()
    while True:
        if plan.refused:
            raise NotConfirmed(refusal(plan), plan, changed)
        if given.name and given.name != plan.about.name:
            raise NotConfirmed(f"--confirm says {given.name}, and this is about {plan.about.name}: nothing was sent")
        if given.context and given.context != context:
            raise NotConfirmed(f"--confirm-context says {given.context}, and this is {context}: nothing was sent")
        if needs(plan).missing(answers):
            if ask is None:
                raise NotConfirmed(f"not confirmed, nothing was sent; to confirm: {flags(plan)}", plan, changed)
            print_plan(plan, Console(sys.stderr), changed)
            answers = await _asked(plan, answers, ask)
            Console(sys.stderr).line(("looking once more", "dim"))
        try:
            return await action_service.confirm(plan, answers)
        except Changed as error:
            if ask is None:
                words = "it is not as it was a moment ago: nothing was sent"
                raise NotConfirmed(words, error.plan, error.differences) from error
            # What was said was said of another plan.
            plan, changed, answers = error.plan, error.differences, Answers(reason=answers.reason)


async def _asked(plan: Plan, answers: Answers, ask: Ask) -> Answers:
    """The answers with what was lacking. Raises `NotConfirmed` at the first that is not what it takes."""
    wanted = plan.confirmation
    typed = False
    for attestation in wanted.attestations:
        if attestation.id not in answers.attested:
            typed = True
            _must_be(attestation.id, await ask(f"type {attestation.id} to attest that"))
            answers = replace(answers, attested=answers.attested | {attestation.id})
    if wanted.name and answers.name != wanted.name:
        typed = True
        _must_be(wanted.name, await ask(f"type the name of the {_noun(plan)}"))
    if wanted.context and answers.context != wanted.context:
        typed = True
        _must_be(wanted.context, await ask("this context is protected: type its name"))
    if not typed and answers.name != plan.about.name:
        _must_be("yes", await ask("type yes to do it"))
    reason = answers.reason.strip()
    if wanted.reason and not reason:
        reason = await ask("write down why")
    answers = replace(answers, name=plan.about.name, context=wanted.context or answers.context, reason=reason)
    if lacking := wanted.missing(answers):
        raise NotConfirmed(f"not confirmed, nothing was sent: {lacking[0]}")
    return answers


def _must_be(wanted: str, typed: str) -> None:
    if typed != wanted:
        raise NotConfirmed("not confirmed: nothing was sent")


def _noun(plan: Plan) -> str:
    return {"Pod": "pod", "StatefulSet": "set"}.get(plan.about.kind, "object")
