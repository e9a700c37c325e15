"""A plan: all that is shown before something is done, and all that is sent. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from stsview.actions.goals import Goal
from stsview.actions.intents import Intent
from stsview.cluster.http.write_gate import Message
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Ref


class Result(Enum):
    """What a check came to. Only PASS is a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    """It can be done, and somebody should know this."""
    UNKNOWN = "unknown"
    """What would tell cannot be read; it is treated as the worse of what it might be."""
    FAIL = "fail"
    """It is not done."""


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    """Lower-case words with hyphens, the same in every plan and in the audit log."""
    result: Result
    words: str
    """One line: what was looked at, and what it said."""
    overridable: bool = False
    """Whether a refusal for it gives way to a written reason."""
    required: bool = False
    """Whether UNKNOWN refuses as well: what nobody can tell may be what makes it dangerous."""

    @property
    def refuses(self) -> bool:
        return self.result is Result.FAIL or (self.required and self.result is Result.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way, mostly with less danger."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a person says to have made sure of: the API cannot tell."""

    id: str
    """For `--attest`: `node-is-off`."""
    words: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What it takes to go ahead. Nothing of it: one key."""

    name: str = ""
    """What has to be typed: the object's name; empty: nothing."""
    attestations: tuple[Attestation, ...] = ()
    context: str = ""
    """In a protected context, its name; empty elsewhere."""
    reason: bool = False
    """Whether a reason has to be written."""

    def missing(self, answers: Answers) -> tuple[str, ...]:
        """What is still lacking, one phrase each; nothing when it may go ahead."""
        lacking = [
            f"attest {attestation.id}: {attestation.words}"
            for attestation in self.attestations
            if attestation.id not in answers.attested
        ]
        if self.name and answers.name != self.name:
            lacking.append(f"type the name {self.name}")
        if self.context and answers.context != self.context:
            lacking.append(f"type the name of the protected context {self.context}")
        if self.reason and not answers.reason.strip():
            lacking.append("write a reason")
        return tuple(lacking)


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody typed, ticked and wrote."""

    name: str = ""
    attested: frozenset[str] = frozenset()
    context: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One message to the API server, with what it must find there to be carried out."""

    path: str
    message: Message
    about: Ref
    words: str
    """What it does, for the audit log and the follow-up: `set replicas of vault to 5`."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """A fact that must not change between the plan and its confirmation."""

    id: str
    """Lower-case words with hyphens; unique in a plan."""
    label: str
    """What it is about, for the operator: `the uid of the set`."""
    value: str


@dataclass(frozen=True, slots=True)
class PodStep:
    """One of several pods that go one after the other."""

    pod: str
    ordinal: int
    uid: str
    """Of the pod that goes."""
    revision: str
    """Name of the revision that its successor is made of; empty while unknown."""
    gone: bool = False
    """Whether it was taken away already, so that only its successor is waited for."""


@dataclass(frozen=True, slots=True)
class Plan:
    intent: Intent
    about: Ref
    title: str
    """`Scale infra/vault from 3 to 5`."""
    made_at: datetime
    steps: tuple[str, ...]
    """What happens, in order."""
    checks: tuple[Check, ...]
    risks: tuple[str, ...]
    """In plain words."""
    safer: tuple[Alternative, ...]
    """The safest first."""
    same_as: str
    """The kubectl command that does the same, without the preconditions; empty where there is nothing to be done."""
    confirmation: Confirmation
    requests: tuple[Request, ...]
    goal: Goal
    danger: Danger
    preconditions: tuple[Precondition, ...]
    """If one of them changed by the time of the confirmation, there is a new plan to confirm."""
    manual_only: tuple[Alternative, ...] = ()
    """What is more dangerous still, and not done here: each with its risk, and the command for whoever has to."""
    pod_steps: tuple[PodStep, ...] = ()
    """Pods that go one after the other, in their order; none where one request does it all."""

    @property
    def action(self) -> ActionId:
        return self.intent.action

    def precondition(self, id_: str) -> str:
        """The value of the precondition of that id. Raises KeyError where the plan has none."""
        return {one.id: one.value for one in self.preconditions}[id_]

    @property
    def override(self) -> str:
        """The reason that was written why a refusal is not to count; empty where none was."""
        return str(getattr(self.intent, "override", "")).strip()

    @property
    def refused(self) -> tuple[Check, ...]:
        """The checks for which it is not done."""
        return tuple(check for check in self.checks if check.refuses and not (self.override and check.overridable))

    @property
    def overridden(self) -> tuple[Check, ...]:
        """The checks for which it would not be done, were it not for that reason."""
        return tuple(check for check in self.checks if check.refuses and self.override and check.overridable)

    @property
    def overridable(self) -> bool:
        """Whether it is refused, and a written reason (`ForceDelete.override`) would lift that."""
        return bool(self.refused) and all(check.overridable for check in self.refused)


def differences(before: Plan, after: Plan) -> tuple[str, ...]:
    """How the preconditions of a second plan differ from those of a first, one sentence each."""
    was = {one.id: one.value for one in before.preconditions}
    now = {one.id: one.value for one in after.preconditions}
    labels = {one.id: one.label for one in (*before.preconditions, *after.preconditions)}
    return tuple(
        f"{label} was {was.get(id_, 'nothing')}, is {now.get(id_, 'nothing')}"
        for id_, label in labels.items()
        if was.get(id_, "nothing") != now.get(id_, "nothing")
    )
