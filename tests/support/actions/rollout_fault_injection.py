"""Faults and changes of a set during a rollout, in addition to those of any action."""

from __future__ import annotations

from stsview.cluster.http.write_gate import OPEN
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import BUDGETS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Key
from stsview.simulator.fault_annotations import PREFIX
from tests.actions.conftest import ActionHarness
from tests.support.actions.fault_injection import EVENTS as USUAL
from tests.support.actions.fault_injection import Event
from tests.support.actions.strategies import BAD, NEWER, budget, leads, says

_AWAY_SECONDS = 6.0


def pod_crashes(harness: ActionHarness, pod: str) -> None:
    says(harness.cluster, pod, "crash", "1")


def pod_is_not_ready(harness: ActionHarness, pod: str) -> None:
    says(harness.cluster, pod, "unready", "true")


def pod_gets_well(harness: ActionHarness, pod: str) -> None:
    says(harness.cluster, pod, "crash", None)
    says(harness.cluster, pod, "unready", None)


def pod_sticks(harness: ActionHarness, pod: str) -> None:
    """When it is deleted, it does not end."""
    says(harness.cluster, pod, "stuck", "true")


def somebody_updates(harness: ActionHarness, pod: str) -> None:
    harness.cluster.set_image("default", "zookeeper", NEWER)


def somebody_breaks_it(harness: ActionHarness, pod: str) -> None:
    harness.cluster.set_image("default", "zookeeper", BAD)


def somebody_restarts_it(harness: ActionHarness, pod: str) -> None:
    stamp = harness.cluster.now().isoformat()
    harness.cluster.edit_template("default", "zookeeper", annotations={"kubectl.kubernetes.io/restartedAt": stamp})


def partition_is_moved(harness: ActionHarness, pod: str) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": int(pod[-1])}}
    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(updateStrategy=rolling))


def controller_is_away(harness: ActionHarness, pod: str) -> None:
    """For some seconds, as while another one is elected."""
    controller, timeline = harness.cluster.stateful_sets, harness.cluster.timeline
    reconcile, back = controller.reconcile, timeline.monotonic() + _AWAY_SECONDS

    def later(key: Key) -> float | None:
        left = back - timeline.monotonic()
        return left if left > 0 else reconcile(key)

    controller.reconcile = later  # type: ignore[method-assign]


def partition_is_moved_unseen(harness: ActionHarness, pod: str) -> None:
    controller_is_away(harness, pod)
    partition_is_moved(harness, pod)


def strategy_is_changed(harness: ActionHarness, pod: str) -> None:
    strategy = {"type": "OnDelete"}
    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(updateStrategy=strategy))


def one_more(harness: ActionHarness, pod: str) -> None:
    def change(one: Object) -> None:
        one["spec"]["replicas"] += 1

    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", change)


def one_less(harness: ActionHarness, pod: str) -> None:
    def change(one: Object) -> None:
        one["spec"]["replicas"] = max(0, one["spec"]["replicas"] - 1)

    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", change)


def nobody_may_go(harness: ActionHarness, pod: str) -> None:
    budget(harness.cluster, {"maxUnavailable": 0})


def budget_lets_go(harness: ActionHarness, pod: str) -> None:
    budget(harness.cluster, {"maxUnavailable": 1})


def another_budget(harness: ActionHarness, pod: str) -> None:
    """Two over one pod: no eviction succeeds."""
    budget(harness.cluster, {"maxUnavailable": 1}, "another")


def all_are_needed(harness: ActionHarness, pod: str) -> None:
    def change(one: Object) -> None:
        annotations = one["metadata"].get("annotations") or {}
        one["metadata"]["annotations"] = {**annotations, "stsview.io/quorum": str(one["spec"]["replicas"])}

    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", change)


def another_leads(harness: ActionHarness, pod: str) -> None:
    leads(harness.cluster, pod)


def eviction_hangs_up(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("create", "pods", False))


def answer_of_an_eviction_is_lost(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse("create", "pods", True))


def evictions_are_put_off(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(429, "pods", ("create",), times=2))


def server_fails(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(500, "", ("create", "delete", "patch"), times=1))


def evictions_are_forbidden(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.users["admin"].denied.append(Rule(("create", "delete"), ("",), ("pods", "pods/eviction")))


def pods_are_hidden(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(403, "pods", ("list",), times=2))


def reading_fails(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(503, "", ("get", "list"), times=3))


def log_cannot_be_written(harness: ActionHarness, pod: str) -> None:
    path = harness.log.path
    if path.is_file():
        path.rename(path.with_name(f"{path.name}.{len(list(path.parent.iterdir()))}"))
    path.mkdir(parents=True, exist_ok=True)


def log_can_be_written(harness: ActionHarness, pod: str) -> None:
    if harness.log.path.is_dir():
        harness.log.path.rmdir()


def journal_cannot_be_written(harness: ActionHarness, pod: str) -> None:
    folder = harness.log.path.parent / "restarts"
    if folder.is_dir():
        folder.rename(folder.with_suffix(".kept"))
        folder.touch()


def journal_can_be_written(harness: ActionHarness, pod: str) -> None:
    folder = harness.log.path.parent / "restarts"
    if folder.is_file():
        folder.unlink()
        folder.with_suffix(".kept").rename(folder)


EVENTS: tuple[Event, ...] = (
    *USUAL,
    pod_crashes,
    pod_is_not_ready,
    pod_gets_well,
    pod_sticks,
    somebody_updates,
    somebody_breaks_it,
    somebody_restarts_it,
    partition_is_moved,
    partition_is_moved_unseen,
    controller_is_away,
    strategy_is_changed,
    one_more,
    one_less,
    nobody_may_go,
    budget_lets_go,
    another_budget,
    all_are_needed,
    another_leads,
    eviction_hangs_up,
    answer_of_an_eviction_is_lost,
    evictions_are_put_off,
    server_fails,
    evictions_are_forbidden,
    pods_are_hidden,
    reading_fails,
    log_cannot_be_written,
    log_can_be_written,
    journal_cannot_be_written,
    journal_can_be_written,
)


def mend(harness: ActionHarness) -> None:
    """All that can be put right without another template."""
    cluster = harness.cluster
    cluster.server.faults.clear()
    cluster.server.users["admin"].denied.clear()
    if harness.live.session is not None:
        harness.live.session.gate = OPEN
    for node in cluster.nodes.names:
        cluster.recover_node(node)
    for one in cluster.storage.list(BUDGETS, "default"):
        cluster.storage.delete(BUDGETS, "default", one["metadata"]["name"])
    for pod in cluster.storage.list(PODS, "default"):
        for name in [key for key in pod["metadata"].get("annotations") or {} if key.startswith(PREFIX)]:
            says(cluster, pod["metadata"]["name"], name.removeprefix(PREFIX), None)
    log_can_be_written(harness, "")
    journal_can_be_written(harness, "")
