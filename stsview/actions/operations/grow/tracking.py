"""How far the expansion of one claim is, judged from fresh reads while it is followed."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import msgspec

from stsview.actions.operations.grow.claim_steps import changed_claim, has_to_restart, mounted_before, unusable
from stsview.actions.plan import ClaimStep
from stsview.model.rollout.rollout_outcome import PATIENCE_SECONDS
from stsview.model.storage.resizes import Resize, ResizeStage, resize_of
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.pod import Pod
from stsview.objects.quantity import parse_bytes


class Verdict(Enum):
    WAIT = "wait"
    DONE = "done"
    RESTART = "restart"
    """Its file system grows only when the pod starts again."""
    FAILED = "failed"


class Judgement(msgspec.Struct, frozen=True):
    verdict: Verdict
    words: str = ""
    """What it waits for, or why it failed; one line."""


class ExpansionTracker:
    """One claim from its request to its size.

    A driver tries again after an error, and a file system that can grow online does so within seconds: both get
    `PATIENCE_SECONDS`.
    """

    def __init__(self, step: ClaimStep, size: str) -> None:
        self.step = step
        self._size = size
        self._wanted = parse_bytes(size) or 0
        self._stage: ResizeStage | None = None
        self._since: datetime | None = None

    def judge(self, claim: PersistentVolumeClaim | None, pod: Pod | None, now: datetime) -> Judgement:
        """Where the claim is now.

        `claim`, `pod`: as they are now; None where there is none. `now`: the server's time.
        """
        if claim is None:
            return Judgement(Verdict.FAILED, changed_claim(claim, self.step))
        if why := changed_claim(claim, self.step) or unusable(claim, None):
            return Judgement(Verdict.FAILED, why)
        resize = resize_of(claim)
        if resize.requested != self._wanted:
            requested = claim.spec.resources.requests.get("storage", "nothing")
            words = f"the request of PVC {self.step.name} was changed meanwhile to {requested}"
            return Judgement(Verdict.FAILED, words)
        stage = self._settled(resize)
        lasted = self._lasted(stage, now)
        if stage is ResizeStage.COMPLETE:
            return Judgement(Verdict.DONE)
        impatient = lasted >= timedelta(seconds=PATIENCE_SECONDS)
        if stage is ResizeStage.FILE_SYSTEM_PENDING:
            return self._pending(resize, pod, now, impatient=impatient)
        because = f": {resize.message}" if resize.message else ""
        if stage is ResizeStage.INFEASIBLE and (resize.tried == self._wanted or impatient):
            words = f"PVC {self.step.name} cannot be expanded to {self._size}{because}"
            return Judgement(Verdict.FAILED, words)
        if stage is ResizeStage.FAILING and impatient:
            return Judgement(Verdict.FAILED, f"the expansion of PVC {self.step.name} to {self._size} fails{because}")
        return Judgement(Verdict.WAIT, f"{stage.value}{because}")

    def _pending(self, resize: Resize, pod: Pod | None, now: datetime, *, impatient: bool) -> Judgement:
        """`impatient`: whether it has lasted longer than a file system needs that can grow."""
        step = self.step
        if has_to_restart(resize, pod, now):
            return Judgement(Verdict.RESTART, f"its file system grows when {step.pod} starts again")
        if pod is None or pod.metadata.deletion_timestamp is not None or pod.status.phase != "Running":
            # The time that it takes to start does not count.
            self._since = now
            return Judgement(Verdict.WAIT, f"its file system grows when {step.pod} starts")
        if impatient and not mounted_before(resize, pod):
            words = f"the file system of PVC {step.name} did not grow, although {step.pod} was started again"
            return Judgement(Verdict.FAILED, words)
        return Judgement(Verdict.WAIT, resize.stage.value)

    def _settled(self, resize: Resize) -> ResizeStage:
        """The stage, where it is about this request: a failure at another size is that of the one before."""
        if resize.stage.failed and resize.tried is not None and resize.tried != self._wanted:
            return ResizeStage.REQUESTED
        return resize.stage

    def _lasted(self, stage: ResizeStage, now: datetime) -> timedelta:
        """For how long it was seen in that stage."""
        if stage is not self._stage or self._since is None:
            self._stage, self._since = stage, now
        return now - self._since
