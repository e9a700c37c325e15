"""The cluster under test, and a namespace for the checks.

The cluster is the current context of the kubeconfig in `STSVIEW_CONTRACT_KUBECONFIG`, or a simulated one. Checks that a
real cluster does not support are skipped with the reason; the simulated one must support all.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pytest
from kubernetes import config
from urllib3.exceptions import HTTPError

from tests.contract import manifests
from tests.contract.cluster import Cluster, Object, Refused
from tests.contract.namespace import Namespace, ObjectHistory
from tests.contract.simulated import serving
from tests.contract.states import all_ready

KUBECONFIG = "STSVIEW_CONTRACT_KUBECONFIG"
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with contextlib.ExitStack() as stack:
        given = os.environ.get(KUBECONFIG, "")
        path = Path(given).expanduser()
        if not given:
            path = stack.enter_context(serving(tmp_path_factory.mktemp("cluster")))
        elif not path.is_file():
            pytest.exit(f"{KUBECONFIG}: there is no file {path}", returncode=2)
        try:
            api = config.new_client_from_config(config_file=str(path), persist_config=False)
        except config.ConfigException as error:
            pytest.exit(f"{path}: {error}", returncode=2)
        cluster = Cluster(api, simulated=not given, patience=180.0 if given else 60.0)
        try:
            cluster.now()
        except HTTPError as error:
            pytest.exit(f"{path}: {error}", returncode=2)
        if cluster.simulated:
            # A real cluster has compacted its past; the simulated one does so on request.
            cluster.post("/debug/faults", {"fault": "expire"})
        yield cluster
        api.rest_client.close()


@pytest.fixture(scope="session")
def namespace(cluster: Cluster) -> Iterator[Namespace]:
    """A new namespace, removed afterwards, also when a signal ends the run."""
    name = f"stsview-contract-{secrets.token_hex(4)}"
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        cluster.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        namespace = Namespace(cluster, name)
        try:
            yield namespace
        finally:
            _remove(namespace)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _remove(namespace: Namespace) -> None:
    cluster, path = namespace.cluster, f"/api/v1/namespaces/{namespace.name}"
    try:
        namespace.release()
    finally:
        cluster.delete(path)
    namespaces = ObjectHistory(cluster, "/api/v1/namespaces", f"kubernetes.io/metadata.name={namespace.name}")
    namespaces.until(lambda left: namespace.name not in left, f"namespace {namespace.name} is gone")


@pytest.fixture
def create_set(namespace: Namespace) -> Iterator[Callable[..., Object]]:
    """Creates sets and their Services, and deletes them afterwards."""
    names: list[str] = []

    def create(name: str, replicas: int, **options: Any) -> Object:
        names.append(name)
        namespace.create(manifests.headless(name))
        return namespace.create(manifests.stateful_set(name, replicas, **options))

    yield create
    for name in namespace.listed("statefulsets").keys() & set(names):
        namespace.delete("statefulsets", name, propagationPolicy="Background")


@pytest.fixture(scope="session")
def running_pods(namespace: Namespace) -> None:
    """For checks that need running pods: skips them where pods do not become ready."""
    cluster = namespace.cluster
    with contextlib.suppress(Refused):  # without permission to list nodes, waiting shows it
        if not cluster.get("/api/v1/nodes", limit=1)["items"]:
            _lacks(cluster, "pods do not become ready by themselves here: there are no nodes")
    pods = namespace.history_of("pods", manifests.selector_of("probe"))
    namespace.create(manifests.stateful_set("probe", 1))
    if not pods.eventually(all_ready(1)):
        _lacks(cluster, f"pods do not become ready by themselves here: after {cluster.patience:g} s {pods.summary()}")
    namespace.delete("statefulsets", "probe", propagationPolicy="Background")


@pytest.fixture(scope="session")
def storage_class(cluster: Cluster, running_pods: None) -> str:
    """The default storage class.

    Skips without one, or with one that would leave volumes behind.
    """
    classes = cluster.get("/apis/storage.k8s.io/v1/storageclasses")["items"]
    defaults = [one for one in classes if (one["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true"]
    if not defaults:
        _lacks(cluster, "this cluster has no default storage class")
    # With several, the newest counts (kubernetes/pkg/volume/util/storageclass.go).
    chosen = max(defaults, key=lambda one: one["metadata"]["creationTimestamp"])
    if chosen.get("reclaimPolicy", "Delete") != "Delete":
        _lacks(cluster, "the default storage class of this cluster would leave volumes behind")
    return str(chosen["metadata"]["name"])


def _lacks(cluster: Cluster, what: str) -> NoReturn:
    if cluster.simulated:
        pytest.fail(what)
    pytest.skip(what)
