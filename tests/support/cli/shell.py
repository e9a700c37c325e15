"""A command line at a simulated cluster, and answers to its questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from stsview.actions.execution.audit_log import AuditLog
from stsview.cli.arguments.parser import parser
from stsview.cli.commands.actions import build_intent
from stsview.cli.support.change import ChangeOptions, plan_and_execute
from stsview.cli.support.terminal import Prompt
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import STEPS, Rig


class Shell:
    """A command line at a simulated cluster."""

    def __init__(self, rig: Rig, cluster: SimulatedCluster) -> None:
        self.rig = rig
        self.cluster = cluster
        self.rules = Rules()
        self.as_user: str | None = None
        self.as_groups: tuple[str, ...] = ()
        self.log = AuditLog(rig.folder / "audit.jsonl")

    async def run(
        self,
        *words: str,
        prompt: Prompt | None = None,
        once: Callable[[], bool] = lambda: True,
        do: Callable[[], object] = lambda: None,
    ) -> int:
        """The exit code.

        `prompt` is the terminal, if any; `do` is called as soon as `once` returns True.
        """
        arguments = parser().parse_args(words)
        target = KubeconfigTarget(
            str(self.rig.folder / "kubeconfig"),
            namespaces=(),
            as_user=self.as_user,
            as_groups=self.as_groups,
            rules=lambda context: self.rules,
        )
        options = replace(ChangeOptions.of(arguments), prompt=prompt)
        intent = partial(build_intent, arguments)
        task = asyncio.ensure_future(
            plan_and_execute(target, ModelSettings(), intent, options, self.log, self.rig.clock)
        )
        waiting = True
        for _ in range(STEPS):
            if task.done():
                return await task
            if waiting and once():
                waiting = False
                do()
            await self.rig.clock.advance(0.1)
            await asyncio.sleep(0)
        raise AssertionError("it does not end")

    def replicas(self, replicas: int | None = None) -> int:
        """The replicas of zookeeper, after setting them if a number is given."""
        if replicas is not None:
            self.cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(replicas=replicas))
        value: int = self.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["replicas"]
        return value

    def uid(self, pod: str, namespace: str = "default") -> str:
        found: str = self.cluster.storage.get(PODS, namespace, pod)["metadata"]["uid"]
        return found

    def audit_entries(self) -> list[dict[str, Any]]:
        return list(self.log.entries())


class Typist:
    """Answers questions in turn, and keeps the questions."""

    def __init__(self, *answers: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.questions: list[str] = []
        self._answers = list(answers)
        self._meanwhile = meanwhile

    async def __call__(self, question: str) -> str:
        self.questions.append(question)
        self._meanwhile()
        return self._answers.pop(0)
