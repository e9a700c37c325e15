"""Whether a rollout is done, in progress, held or stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum

from msgspec.structs import replace

from stsview.model.base import Record
from stsview.model.finding import Finding, Level
from stsview.model.names import listed, short_revision
from stsview.model.rollout.partition import partition_reaches, reaches_no_pod
from stsview.model.views import OrdinalView, SetView, Severity, Wait, WaitReason

PATIENCE_SECONDS = 30.0
"""How long a problem must last before the rollout counts as stuck: some are over within moments, as a registry error.
"""


class Stage(Enum):
    """How far a rollout is. The values are those of JSON documents."""

    PROGRESSING = "going"
    DONE = "done"
    HELD = "held"
    """Done down to its partition."""
    MANUAL = "by-hand"
    """OnDelete: pods wait to be deleted manually."""
    STUCK = "stuck"
    GONE = "gone"
    """The set is being deleted, is gone, or was recreated under the same name."""
    UNKNOWN = "unknown"
    """What is needed cannot be read, or has not been read yet."""


class RolloutStatus(Record, frozen=True):
    """The status of a rollout at one moment."""

    stage: Stage
    headline: str
    """What the rollout waits for, or how it ended; never empty."""
    detail: str = ""
    ordinal: int | None = None
    """The ordinal that it waits for."""
    since: datetime | None = None
    update: str = ""
    """Name of the update revision; empty while unknown."""
    done: int = 0
    """Ordinals within reach of the partition that are at the update revision and available."""
    total: int = 0
    """How many ordinals the partition lets it update."""
    finding: Finding | None = None
    """The problem, its effect and the next steps; while the rollout is in progress, this may still pass."""
    until: datetime | None = None
    """When time alone will change this status."""

    @property
    def words(self) -> str:
        """Headline and detail as one sentence."""
        return f"{self.headline}: {self.detail}" if self.detail else self.headline


class RolloutWatch:
    """Judges the views of one set as they arrive, and how long a problem lasts.

    A rollout is stuck by the findings of the rules: an ERROR about an ordinal that it waits for, once that has lasted
    for `patience` seconds. A problem that exists at the first view counts from when it began, but not from before the
    last change of the template, which may have fixed it.
    """

    def __init__(self, uid: str, patience: float = PATIENCE_SECONDS) -> None:
        self._uid = uid
        self._patience = timedelta(seconds=patience)
        self._evaluated = False
        self._seen: tuple[tuple[object, ...], datetime] | None = None

    def evaluate(self, view: SetView | None, now: datetime) -> RolloutStatus:
        """The status now.

        To be called at every change of the view, and at `RolloutStatus.until`.
        """
        status = self._judge(view, now)
        if status.stage not in (Stage.STUCK, Stage.MANUAL) and status.until is None:
            self._seen = None
        self._evaluated = True
        return status

    def _judge(self, view: SetView | None, now: datetime) -> RolloutStatus:
        if view is None:
            return RolloutStatus(Stage.GONE, "the set was deleted")
        if view.gone:
            return _status(Stage.GONE, view, "the set is gone, its pods live", view.wait.detail, since=view.wait.since)
        if view.uid != self._uid:
            return RolloutStatus(Stage.GONE, "the set was deleted and recreated under the same name")
        wait = view.wait
        if wait.reason is WaitReason.DELETING:
            return _status(Stage.GONE, view, "the set is being deleted", wait.detail, since=wait.since)
        if wait.reason is WaitReason.UNREAD:
            return _status(Stage.UNKNOWN, view, wait.headline, wait.detail)
        if view.rollout.observed:
            if sum(1 for row in _expected(view) if row.at_update and row.available) >= view.replicas:
                return _status(Stage.DONE, view, _all_done(view))
            if view.rollout.held and all(row.available for row in _expected(view)):
                return _status(Stage.HELD, view, *_held(view), since=view.rollout.since)
        trouble = _trouble(view)
        progressing = _progressing(view)
        return progressing if trouble is None else self._unless_lasting(progressing, trouble, view, now)

    def _unless_lasting(
        self, progressing: RolloutStatus, trouble: _Trouble, view: SetView, now: datetime
    ) -> RolloutStatus:
        about = (trouble.stage, view.rollout.update, *trouble.about)
        if self._seen is None or self._seen[0] != about:
            dated = not self._evaluated and trouble.began is not None and not trouble.may_pass
            changed = view.rollout.since
            began = now if trouble.began is None or not dated else max(trouble.began, changed or trouble.began)
            self._seen = about, began
        over = self._seen[1] + self._patience
        if trouble.finding is not None and trouble.finding.until is not None:
            over = max(over, trouble.finding.until)
        if now < over:
            return replace(progressing, finding=trouble.finding, until=over)
        words = (trouble.headline, trouble.detail, trouble.ordinal, trouble.began)
        return _status(trouble.stage, view, *words, finding=trouble.finding)


class _Trouble(Record, frozen=True):
    stage: Stage
    headline: str
    detail: str
    ordinal: int | None
    began: datetime | None
    about: tuple[object, ...]
    """What identifies the problem while its words may change."""
    finding: Finding | None = None
    may_pass: bool = False
    """Whether the update might remove the problem, so that only its duration from now on counts."""


def _status(
    stage: Stage,
    view: SetView,
    headline: str,
    detail: str = "",
    ordinal: int | None = None,
    since: datetime | None = None,
    finding: Finding | None = None,
) -> RolloutStatus:
    reached = [row for row in _expected(view) if partition_reaches(row, view)]
    done = sum(1 for row in reached if row.at_update and row.available)
    total = view.replicas - view.rollout.partition
    return RolloutStatus(stage, headline, detail, ordinal, since, view.rollout.update, done, total, finding)


def _all_done(view: SetView) -> str:
    if not view.replicas:
        return "scaled to 0, no pods"
    pods = "its pod runs" if view.replicas == 1 else f"all {view.replicas} pods run"
    return f"{pods} {short_revision(view.rollout.update, view.name)}"


def _held(view: SetView) -> tuple[str, str]:
    kept = [row for row in _expected(view) if row.outdated]
    partition = view.rollout.partition
    stay = f"{listed([row.name for row in kept])} {'stays' if len(kept) == 1 else 'stay'} on the old revision"
    if view.rollout.paused_from is not None:
        return f"paused at partition {partition} (resume continues to {view.rollout.paused_from})", stay
    if reaches_no_pod(partition, view.replicas):
        return f"partition {partition} lets no pod be updated", stay
    return f"paused by partition {partition} ({view.rollout.updated} of {view.replicas} updated)", stay


def _progressing(view: SetView) -> RolloutStatus:
    wait = view.wait
    if not view.rollout.observed and wait.reason is not WaitReason.NOT_OBSERVED:
        detail = "it has not observed the last change of the set yet"
        return _status(Stage.PROGRESSING, view, "waits for the StatefulSet controller", detail)
    if wait.reason in (WaitReason.NOTHING, WaitReason.PARTITION):
        # With Parallel the controller waits for no pod once all of them exist; a rollout is not done before they are
        # available.
        down = [row for row in _expected(view) if not row.available]
        if down:
            words = f"{len(down)} pods" if len(down) > 3 else listed([row.name for row in down])
            state = down[0].state
            detail = state.label + (f", {state.detail}" if state.detail else "")
            return _status(Stage.PROGRESSING, view, f"waits for {words}", detail, down[0].ordinal, state.since)
        return _status(Stage.PROGRESSING, view, "waits for the StatefulSet controller")
    owner = _owner(view)
    if wait.reason is WaitReason.ON_DELETE and owner:
        headline = f"waits for {owner}, which deletes the pods"
        return _status(Stage.PROGRESSING, view, headline, wait.detail, wait.ordinal, wait.since)
    return _status(Stage.PROGRESSING, view, wait.headline, wait.detail, wait.ordinal, wait.since)


def _trouble(view: SetView) -> _Trouble | None:
    """The problem that makes the rollout stuck if it lasts."""
    wait = view.wait
    if not view.rollout.observed and wait.reason is not WaitReason.NOT_OBSERVED:
        return None
    if wait.reason is WaitReason.ON_DELETE and not _owner(view) and all(row.available for row in _expected(view)):
        # An operator who deletes them one at a time needs a moment for each.
        waiting = tuple(row.ordinal for row in _expected(view) if row.outdated)
        instants = [wait.since, *(row.state.since for row in _expected(view))]
        began = max((instant for instant in instants if instant is not None), default=None)
        # A rollback leaves no trace of when it happened.
        return _Trouble(
            Stage.MANUAL, wait.headline, wait.detail, None, began, waiting, may_pass=view.rollout.since is None
        )
    waited = next((row for row in _expected(view) if row.ordinal == wait.ordinal), None)
    may_pass = waited is not None and _replaced(waited, view)
    if may_pass and wait.reason is WaitReason.REPLACING and wait.severity < Severity.STUCK:
        waited = None
    finding = _finding(view, wait, waited)
    if finding is not None:
        ordinal = wait.ordinal if wait.ordinal in finding.ordinals else next(iter(finding.ordinals), None)
        return _Trouble(Stage.STUCK, finding.headline, "", ordinal, finding.since, (ordinal,), finding, may_pass)
    if wait.severity is Severity.STUCK:
        about = (wait.ordinal,)
        return _Trouble(Stage.STUCK, wait.headline, wait.detail, wait.ordinal, wait.since, about, may_pass=may_pass)
    return None


def _finding(view: SetView, wait: Wait, waited: OrdinalView | None) -> Finding | None:
    """The finding that explains the halt, first about the ordinal waited for."""
    grave = [finding for finding in view.findings if finding.level >= Level.ERROR]
    if waited is not None or wait.severity is Severity.STUCK:
        about = next((finding for finding in grave if wait.ordinal in finding.ordinals), None)
        if about is None and wait.severity is Severity.STUCK:
            about = next((finding for finding in grave if not finding.ordinals), None)
        if about is not None:
            return about
    needed = {row.ordinal for row in _expected(view) if not row.available and not _replaced(row, view)}
    return next((finding for finding in grave if needed.intersection(finding.ordinals)), None)


def _replaced(row: OrdinalView, view: SetView) -> bool:
    """Whether the update replaces the pod whatever its state.

    With OrderedReady it replaces only available ones.
    """
    return view.rollout.rolling and view.policy == "Parallel" and row.outdated and partition_reaches(row, view)


def _expected(view: SetView) -> Iterator[OrdinalView]:
    return (row for row in view.ordinals if row.expected)


def _owner(view: SetView) -> str:
    """The owner of the set, which with OnDelete replaces the pods itself.

    Empty where there is none.
    """
    return next((writer.name for writer in view.writers if writer.kind == "owner"), "")
