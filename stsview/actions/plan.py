"""A plan: everything that is shown before a change, and everything that is sent.

Pure data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from stsview.actions.goals import Goal
from stsview.actions.intents import Intent, SetIntent
from stsview.cluster.http.write_gate import Message
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Ref
from stsview.objects.quantity import parse_bytes


class Result(Enum):
    """The result of a check. Only PASS is a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    """It does not prevent the action, but the operator should know."""
    UNKNOWN = "unknown"
    """It cannot be read, and is treated as the worse of what it might be."""
    FAIL = "fail"
    """The action is refused."""


class Check(msgspec.Struct, frozen=True):
    id: str
    """Lower-case words with hyphens, the same in every plan and in the audit log."""
    result: Result
    words: str
    """One line: what was looked at, and what it found."""
    overridable: bool = False
    """Whether a written reason overrides its refusal."""
    required: bool = False
    """Whether UNKNOWN refuses as well: the answer that is missing may be the dangerous one."""

    @property
    def refuses(self) -> bool:
        return self.result is Result.FAIL or (self.required and self.result is Result.UNKNOWN)


class Alternative(msgspec.Struct, frozen=True):
    """Another way to the same end, mostly a safer one."""

    words: str
    command: str = ""


NODE_IS_OFF, POD_HAS_ENDED = "node-is-off", "pod-has-ended"

ATTESTATION_IDS = frozenset({NODE_IS_OFF, POD_HAS_ENDED})
"""The facts that plans ask for."""


class Attestation(msgspec.Struct, frozen=True):
    """A fact that the API cannot know and the operator vouches for."""

    id: str
    """One of `ATTESTATION_IDS`, for `--attest`."""
    words: str


class Confirmation(msgspec.Struct, frozen=True):
    """What the operator has to give before the plan is executed.

    Where it is empty, one key confirms.
    """

    name: str = ""
    """The object's name, to be typed; empty: none."""
    attestations: tuple[Attestation, ...] = ()
    context: str = ""
    """The name of a protected context, to be typed; empty: none."""
    reason: bool = False
    """Whether a reason has to be given."""

    def missing(self, answers: Answers) -> tuple[str, ...]:
        """What is still missing, one phrase each; empty where the plan may be executed."""
        missing = [
            f"attest {attestation.id}: {attestation.words}"
            for attestation in self.attestations
            if attestation.id not in answers.attested
        ]
        if self.name and answers.name != self.name:
            missing.append(f"type the name {self.name}")
        if self.context and answers.context != self.context:
            missing.append(f"type the name of the protected context {self.context}")
        if self.reason and not answers.reason.strip():
            missing.append("write a reason")
        return tuple(missing)


class Answers(msgspec.Struct, frozen=True):
    """What the operator typed, ticked and wrote."""

    name: str = ""
    attested: frozenset[str] = frozenset()
    context: str = ""
    reason: str = ""


class Request(msgspec.Struct, frozen=True):
    """One write to the API server, with the preconditions that it has to meet there."""

    path: str
    message: Message
    about: Ref
    words: str
    """What it does, for the audit log and the follow-up: `set the replicas of vault to 5`."""


class Precondition(msgspec.Struct, frozen=True):
    """A fact that must not change between the plan and its confirmation."""

    id: str
    """Lower-case words with hyphens; unique in a plan."""
    label: str
    """What it is about, for the operator: `the uid of the set`."""
    value: str


class PodStep(msgspec.Struct, frozen=True):
    """One of several pods that are restarted one after the other."""

    pod: str
    ordinal: int
    uid: str
    """Of the pod that is removed."""
    revision: str
    """Name of the revision of its replacement; empty while unknown."""
    gone: bool = False
    """Whether it was removed already, so that only its replacement is waited for."""


class Deed(Enum):
    """What a growth does to a claim."""

    EXPAND = "expand"
    LOWER = "lower"
    """Request less than now, and more than the volume has: the way out of an expansion that is not possible."""
    FOLLOW = "follow"
    """It requests the size already, and does not have it yet."""
    NOTHING = "nothing"
    """It has the size already."""
    REFUSE = "refuse"


class ClaimStep(msgspec.Struct, frozen=True):
    """What a growth does to one claim, or why it does nothing."""

    ordinal: int
    pod: str
    name: str
    deed: Deed
    uid: str = ""
    volume: str = ""
    storage_class: str = ""
    """Empty: it names none."""
    requested: str = ""
    """As the claim has it: `10Gi`. Empty where unknown."""
    capacity: str = ""
    why: str = ""
    """Why it is refused; empty where it is not."""
    unknown: str = ""
    """What could not be read and might refuse it; empty where all could."""
    mounted: bool = True
    """Whether its volume has a file system that may grow only when it is mounted."""
    waits_for_pod: bool = False
    """Whether its file system waits for a mount already."""
    detail: str = ""
    """How far its expansion is, and how it differs from the template."""

    @property
    def patched(self) -> bool:
        return self.deed in (Deed.EXPAND, Deed.LOWER)

    @property
    def left(self) -> bool:
        """Whether something is done for it, or waited for."""
        return self.patched or self.deed is Deed.FOLLOW

    @property
    def requested_bytes(self) -> int:
        """What it requests; 0 where that is no quantity."""
        return parse_bytes(self.requested) or 0


class Plan(msgspec.Struct, frozen=True):
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
    """The kubectl command that does the same, without the preconditions; empty where there is nothing to do."""
    confirmation: Confirmation
    requests: tuple[Request, ...]
    goal: Goal
    danger: Danger
    ends: tuple[str, ...]
    """Names of the pods that end because of it, in any order: each is checked for what its end would lose."""
    preconditions: tuple[Precondition, ...]
    """If one of them changed by the time of the confirmation, there is a new plan to confirm."""
    manual_only: tuple[Alternative, ...] = ()
    """More dangerous ways, which are not offered: each with its risk and its command."""
    details: tuple[str, ...] = ()
    """More about the steps, which nothing depends on: shown on request."""
    manifest: str = ""
    """The object that it creates, as YAML, where that has to be read before it is confirmed."""
    creates: tuple[int, ...] = ()
    """The ordinals that it adds: each is checked for what it finds under its names."""
    pod_steps: tuple[PodStep, ...] = ()
    """The pods of an ordered restart, in their order; none for other actions."""
    acting_as: str = ""
    """The user and groups that it impersonates; empty without impersonation."""
    claim_steps: tuple[ClaimStep, ...] = ()
    """The claims of a growth, in their order; none for other actions."""
    cluster: str = ""
    """The context of its cluster, where several are shown."""

    @property
    def action(self) -> ActionId:
        return self.intent.action

    @property
    def heading(self) -> str:
        """The title, behind the cluster where several are shown."""
        return f"{self.cluster}: {self.title}" if self.cluster else self.title

    @property
    def set_intent(self) -> SetIntent:
        """The intent of a plan about a set. Raises TypeError for another plan."""
        if not isinstance(self.intent, SetIntent):
            raise TypeError(f"{self.action} is not about a set")
        return self.intent

    def precondition(self, id_: str) -> str:
        """The value of the precondition of that id.

        Raises KeyError where the plan has none.
        """
        return {one.id: one.value for one in self.preconditions}[id_]

    @property
    def shown_command(self) -> str:
        """`same_as`, but for a refused plan: no command gets around a refusal."""
        return "" if self.refused else self.same_as

    @property
    def ends_forcibly(self) -> bool:
        """Whether it removes a pod without confirmation from its node."""
        return self.action is ActionId.FORCE_DELETE

    @property
    def override(self) -> str:
        """The reason given for overriding a refusal; empty where none was."""
        return self.intent.override.strip()

    @property
    def refused(self) -> tuple[Check, ...]:
        """The checks that refuse the action."""
        return tuple(check for check in self.checks if check.refuses and not (self.override and check.overridable))

    @property
    def overridden(self) -> tuple[Check, ...]:
        """The checks whose refusal that reason overrides."""
        return tuple(check for check in self.checks if check.refuses and self.override and check.overridable)

    @property
    def overridable(self) -> bool:
        """Whether it is refused, and a written reason (`Intent.override`) would override that."""
        return bool(self.refused) and all(check.overridable for check in self.refused)

    def reworded(self, change: Callable[[str], str]) -> Plan:
        """The plan with `change` applied to each of its sentences, but to no command, name or precondition."""
        return replace(
            self,
            title=change(self.title),
            steps=tuple(map(change, self.steps)),
            details=tuple(map(change, self.details)),
            checks=tuple(replace(one, words=change(one.words)) for one in self.checks),
            risks=tuple(map(change, self.risks)),
            safer=tuple(replace(one, words=change(one.words)) for one in self.safer),
            manual_only=tuple(replace(one, words=change(one.words)) for one in self.manual_only),
        )


def differences(before: Plan, after: Plan) -> tuple[str, ...]:
    """How the preconditions of two plans differ, one sentence each."""
    was = {one.id: one.value for one in before.preconditions}
    now = {one.id: one.value for one in after.preconditions}
    labels = {one.id: one.label for one in (*before.preconditions, *after.preconditions)}
    return tuple(
        f"{label} was {was.get(id_, 'nothing')}, is {now.get(id_, 'nothing')}"
        for id_, label in labels.items()
        if was.get(id_, "nothing") != now.get(id_, "nothing")
    )
