"""What a rule is: a function from a case to findings, with what the catalogue tells of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Ref, Remedy
from stsview.model.names import one_line
from stsview.model.ordinals.rows import Row

Find = Callable[[RuleInput], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the catalogue. `find` yields one finding per cause, not per pod: pods that share a cause share it."""

    id: str
    """Lower-case words with hyphens; what `stsview explain` takes, and what scripts rely on."""
    level: Level
    """The level of its findings, mostly; `find` may give one of them another."""
    title: str
    meaning: str
    """What it means for the set, in one or two sentences."""
    remedy: str
    """What to do about it in general; a finding has the steps for its own case."""
    danger: Danger
    """The worst danger among the remedies that it proposes."""
    source: str
    """Where Kubernetes says so: documentation page, KEP, or controller file."""
    find: Find
    reaches: Reaches = Reaches.NOTHING
    fallback: bool = False
    """Whether its findings only stand where nothing else explains the same."""
    total: bool = False
    """Whether its findings add up what others found: they stand below one that explains all their ordinals, and for
    themselves where it takes several."""

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
        """Whatever the cluster's words are, each text is one line; only commands stay as they are quoted."""
        return Finding(
            rule=self.id,
            level=self.level if level is None else level,
            object=about,
            headline=one_line(headline),
            since=since,
            evidence=tuple(
                Evidence(one_line(one.object), one_line(one.field), one_line(one.value)) for one in evidence
            ),
            certainty=certainty,
            remedies=tuple(replace(remedy, text=one_line(remedy.text)) for remedy in remedies),
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
) -> Callable[[Find], Rule]:
    """Make a rule of a function; its id is the function's name, with hyphens."""

    def declare(find: Find) -> Rule:
        id_ = find.__name__.replace("_", "-")
        return Rule(id_, level, title, meaning, remedy, danger, source, find, reaches, fallback, total)

    return declare


def kubectl(case: RuleInput, *words: str) -> str:
    """A kubectl command on the case's namespace, quoted so that names cannot become anything else in a shell."""
    return shlex.join(["kubectl", "-n", case.view.namespace, *words])


def kubectl_cluster(*words: str) -> str:
    """The same for what has no namespace, such as a node."""
    return shlex.join(["kubectl", *words])


def set_ref(case: RuleInput) -> Ref:
    return Ref("StatefulSet", case.view.namespace, case.view.name, case.view.uid)


def pod_ref(case: RuleInput, name: str, uid: str | None) -> Ref:
    return Ref("Pod", case.view.namespace, name, uid or "")


def row_ref(case: RuleInput, row: Row) -> Ref:
    """The pod of a row, or the pod that is missing from it."""
    return pod_ref(case, row.name, row.slot.pod.metadata.uid if row.slot.pod is not None else None)
