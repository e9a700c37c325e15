from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.resources import ENDPOINT_SLICES, SERVICES
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import fault_annotations, headless, service, stateful_set, with_service
from tests.support.simulator.clusters import NAMESPACE, delete_pod, empty_cluster, with_set


def slices(cluster: SimulatedCluster, name: str = "web-hs") -> list[Object]:
    return [
        one
        for one in cluster.storage.list(ENDPOINT_SLICES, NAMESPACE)
        if one["metadata"]["labels"]["kubernetes.io/service-name"] == name
    ]


def endpoints(cluster: SimulatedCluster, name: str = "web-hs") -> dict[str, dict[str, Any]]:
    """Endpoints by their pod."""
    return {one["targetRef"]["name"]: one for part in slices(cluster, name) for one in part["endpoints"] or ()}


def test_endpoints_have_hostname_address_node_and_zone() -> None:
    cluster = with_set(replicas=1)

    [endpoint] = endpoints(cluster).values()
    assert endpoint["hostname"] == "web-0"
    assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert (endpoint["nodeName"], endpoint["zone"]) == ("node-1", "zone-a")
    assert slices(cluster)[0]["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_unready_pods_are_published_only_on_request() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "web:1", 1, annotations=fault_annotations(unready="true")))
    cluster.advance(20)
    assert endpoints(cluster)["web-0"]["conditions"]["ready"] is False

    cluster.edit(SERVICES, NAMESPACE, "web-hs", lambda one: one["spec"].update(publishNotReadyAddresses=True))
    cluster.advance(1)
    assert endpoints(cluster)["web-0"]["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_a_terminating_pod_serves_and_is_not_ready() -> None:
    cluster = with_set(replicas=2)
    delete_pod(cluster, "web-1")
    cluster.advance(0.1)

    assert endpoints(cluster)["web-1"]["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_only_the_governing_service_sets_host_names() -> None:
    cluster = with_set(replicas=1)
    cluster.apply(headless("other", "web"))
    cluster.advance(1)

    assert "hostname" not in endpoints(cluster, "other")["web-0"]


def test_a_service_with_cluster_ip_has_host_names_but_no_headless_label() -> None:
    cluster = empty_cluster()
    cluster.apply([service("web", "web", port=80), stateful_set("web", "web:1", 1, service="web", storage=None)])
    cluster.advance(30)

    assert endpoints(cluster, "web")["web-0"]["hostname"] == "web-0"
    assert "service.kubernetes.io/headless" not in slices(cluster, "web")[0]["metadata"]["labels"]


def test_a_service_that_selects_nothing_has_one_empty_slice() -> None:
    cluster = with_set(replicas=1)
    cluster.edit(SERVICES, NAMESPACE, "web-hs", lambda one: one["spec"].update(selector={"app": "none"}))
    cluster.advance(1)

    assert [one["endpoints"] for one in slices(cluster)] == [None]


def test_a_hundred_endpoints_fill_a_slice() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "web:1", 130, storage=None, podManagementPolicy="Parallel"))
    cluster.advance(30)

    assert sorted(len(one["endpoints"]) for one in slices(cluster)) == [30, 100]
    assert len(endpoints(cluster)) == 130


def test_a_deleted_slice_is_recreated_and_removed_with_its_service() -> None:
    cluster = with_set(replicas=2)
    cluster.storage.delete(ENDPOINT_SLICES, NAMESPACE, slices(cluster)[0]["metadata"]["name"])
    cluster.advance(1)
    assert sorted(endpoints(cluster)) == ["web-0", "web-1"]

    cluster.storage.delete(SERVICES, NAMESPACE, "web-hs")
    cluster.advance(1)
    assert slices(cluster) == []
