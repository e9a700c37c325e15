"""Rule: a function from facts about a set to findings, with its catalogue entry."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum, auto

import msgspec
from msgspec.structs import replace

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Ref, Remedy
from stsview.model.names import one_line
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import ClaimStatus, Health, NodeStatus


class Situation(Enum):
    """What must be so in a set before some rules can find anything.

    Most sets are well most of the time: the rules about what they do not have are not evaluated.
    """

    GONE = auto()
    """The set does not exist, and its pods live: no other rule applies then."""
    DOWN = auto()
    """A pod of an expected ordinal is not available (`RuleInput.down`)."""
    UNAVAILABLE = auto()
    """An expected ordinal is not available, with or without a pod."""
    ENDING = auto()
    """A pod is terminating (`RuleInput.ending`)."""
    ABSENT = auto()
    """An ordinal that is to be created now has no pod yet (`RuleInput.absences`)."""
    LOST_NODE = auto()
    """The node of a pod is not known to be Ready."""
    CORDONED_NODE = auto()
    """The node of a pod accepts no new pods."""
    UNBOUND_CLAIM = auto()
    """A PVC of an expected ordinal is not bound, or is unknown."""
    RESIZED_CLAIM = auto()
    """A PVC of an expected ordinal does not have the size that it requests."""
    DRIFTED_CLAIM = auto()
    """A PVC of an expected ordinal differs from its template."""
    BAD_SERVICE = auto()
    """The governing Service is missing, or gives no pod a DNS name."""
    MEASURED = auto()
    """What its pods and volumes use was measured (`Facts.measured`)."""
    UNUSUAL_CLAIM = auto()
    """A PVC has another owner, or its volume is deleted or reserved, or a PVC is left over (`Facts.unusual_claims`)."""


Need = Situation | Cause
"""A cause: a pod of an expected ordinal is not available for that (`RuleInput.causes`)."""


def situations(case: RuleInput) -> frozenset[Need]:
    """Those that the set is in."""
    facts, found = case.facts, set[Need]()
    if case.view.gone:
        return frozenset({Situation.GONE})
    if case.down:
        found.add(Situation.DOWN)
        found |= case.causes
    if case.ending:
        found.add(Situation.ENDING)
    if case.absences:
        found.add(Situation.ABSENT)
    if facts.service.health is Health.DEGRADED:
        found.add(Situation.BAD_SERVICE)
    if facts.measured is not None:
        found.add(Situation.MEASURED)
    if facts.unusual_claims:
        found.add(Situation.UNUSUAL_CLAIM)
    for row in facts.rows.expected:
        if not row.available:
            found.add(Situation.UNAVAILABLE)
        for claim in facts.claims.get(row.slot.name, ()):
            if claim.status is not ClaimStatus.BOUND:
                found.add(Situation.UNBOUND_CLAIM)
            if claim.requested != claim.size:
                found.add(Situation.RESIZED_CLAIM)
            if claim.drift:
                found.add(Situation.DRIFTED_CLAIM)
    for row in facts.rows.owned:
        status = row.node.status
        if status is NodeStatus.CORDONED:
            found.add(Situation.CORDONED_NODE)
        elif status is not NodeStatus.READY and status is not NodeStatus.NONE:
            found.add(Situation.LOST_NODE)
    return frozenset(found)


Find = Callable[[RuleInput], Iterable[Finding]]


class Rule(msgspec.Struct, frozen=True):
    """One entry of the catalogue.

    `find` yields a finding per cause, not per pod: pods with one cause share it.
    """

    id: str
    """Lower-case words with hyphens; the argument of `stsview explain`, and stable for scripts."""
    level: Level
    """The usual level of its findings; `find` may give a finding another one."""
    title: str
    meaning: str
    """What it means for the set, in one or two sentences."""
    remedy: str
    """What to do in general; a finding has the steps for its own situation."""
    danger: Danger
    """The worst danger among the remedies that it proposes."""
    source: str
    """Where Kubernetes documents the behaviour: documentation page, KEP, or controller file."""
    find: Find
    reaches: Reaches = Reaches.NOTHING
    fallback: bool = False
    """Whether its findings are dropped if another finding explains the same."""
    total: bool = False
    """Whether its findings sum up those of other rules: shown below a finding that explains all their ordinals, and on
    their own if it takes several."""
    keeps: bool = False
    """Whether its findings say to keep the pods of their ordinals running. Each plan that ends one of these pods is
    then refused, by a hazard that loses data (`stsview.model.explain.hazards`)."""
    needs: Need | None = None
    """The situation, or the cause, without which `find` yields nothing and observes nothing: it is then not called."""

    def finding(
        self,
        about: Ref,
        headline: str,
        since: datetime | None,
        evidence: Iterable[Evidence],
        remedies: Iterable[Remedy] = (),
        *,
        ordinals: Iterable[int] = (),
        so: str = "",
        until: datetime | None = None,
        certainty: Certainty = Certainty.CERTAIN,
        level: Level | None = None,
    ) -> Finding:
        """Make a finding of this rule.

        Each text is put on one line, whatever the cluster sends; commands stay as quoted.
        """
        return Finding(
            rule=self.id,
            level=self.level if level is None else level,
            object=about,
            headline=one_line(headline),
            since=since,
            evidence=tuple(
                [Evidence(one_line(one.object), one_line(one.field), one_line(one.value)) for one in evidence]
            ),
            certainty=certainty,
            remedies=tuple([replace(remedy, text=one_line(remedy.text)) for remedy in remedies]),
            ordinals=tuple(sorted(set(ordinals))),
            so=one_line(so),
            until=until,
        )


def rule(
    *,
    level: Level,
    title: str,
    meaning: str,
    remedy: str,
    danger: Danger,
    source: str,
    reaches: Reaches = Reaches.NOTHING,
    fallback: bool = False,
    total: bool = False,
    keeps: bool = False,
    needs: Need | None = None,
) -> Callable[[Find], Rule]:
    """Decorator that declares a rule; its id is the function's name with hyphens."""

    def declare(find: Find) -> Rule:
        id_ = find.__name__.replace("_", "-")
        return Rule(id_, level, title, meaning, remedy, danger, source, find, reaches, fallback, total, keeps, needs)

    return declare


_PLAIN = re.compile(r"[\w@%+=:,./ -]+", re.ASCII)
"""Words that need no quotes, with spaces between them: as `shlex.quote` decides."""


def _joined(words: Sequence[str]) -> str:
    """As `shlex.join`; most commands need no quotes, which is seen at one look at all words."""
    plain = " ".join(words)
    separate = "" not in words and plain.count(" ") == len(words) - 1
    return plain if separate and _PLAIN.fullmatch(plain) else shlex.join(words)


def kubectl(case: RuleInput, *words: str) -> str:
    """A kubectl command in the set's namespace, quoted for a shell."""
    return _joined(("kubectl", "-n", case.view.namespace, *words))


def kubectl_cluster(*words: str) -> str:
    """A kubectl command for cluster-scoped objects, such as nodes, quoted for a shell."""
    return _joined(("kubectl", *words))


def set_ref(case: RuleInput) -> Ref:
    return Ref("StatefulSet", case.view.namespace, case.view.name, case.view.uid)


def pod_ref(case: RuleInput, name: str, uid: str | None) -> Ref:
    return Ref("Pod", case.view.namespace, name, uid or "")


def row_ref(case: RuleInput, row: Row) -> Ref:
    """The pod of a row, or the missing pod of that name."""
    return pod_ref(case, row.name, row.slot.pod.metadata.uid if row.slot.pod is not None else None)
