"""Keys and commands that name their cluster."""

from __future__ import annotations

import pytest

from stsview.live.clusters.naming import with_context
from stsview.objects.meta import ClusterKey, Key, bare, cluster_of, in_cluster

HERE, THERE = ClusterKey("here", "data", "kafka"), ClusterKey("there", "data", "kafka")


def test_no_key_is_that_of_another_cluster() -> None:
    plain = Key("data", "kafka")
    assert len({plain, HERE, THERE, ClusterKey("here", "data", "kafka")}) == 3
    assert HERE != THERE != plain != HERE
    assert plain not in {HERE: 1}
    assert HERE not in {plain: 1}
    assert in_cluster("here", plain) == HERE
    assert in_cluster("", plain) is plain
    assert (bare(HERE), bare(plain), cluster_of(HERE), cluster_of(plain)) == (plain, plain, "here", "")


def test_a_key_is_unpacked_and_written_as_before() -> None:
    namespace, name = HERE
    assert (namespace, name, *HERE) == ("data", "kafka", "data", "kafka")
    assert (str(HERE), HERE.namespace, HERE.name, HERE.cluster) == ("here/data/kafka", "data", "kafka", "here")
    assert sorted([THERE, ClusterKey("there", "data", "a"), HERE]) == [ClusterKey("there", "data", "a"), HERE, THERE]


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("kubectl -n a get pods", "kubectl --context 'p q' -n a get pods"),
        ("stsview restart kafka -n a", "stsview --context 'p q' restart kafka -n a"),
        ("kubectl stsview restart kafka", "kubectl stsview --context 'p q' restart kafka"),
        (
            "kubectl get x | kubectl replace -f -",
            "kubectl --context 'p q' get x | kubectl --context 'p q' replace -f -",
        ),
        (
            "kubectl create --raw \"$(kubectl config view -o jsonpath='{.a}')\"/b -f -",
            "kubectl --context 'p q' create --raw \"$(kubectl --context 'p q' config view -o jsonpath='{.a}')\"/b -f -",
        ),
        (
            'kubectl patch a -p \'{"by": "; kubectl edit"}\'',
            "kubectl --context 'p q' patch a -p '{\"by\": \"; kubectl edit\"}'",
        ),
        ("until kubectl wait a; do kubectl get b; done", None),
    ],
)
def test_a_command_is_for_one_cluster_whatever_it_calls(command: str, named: str | None) -> None:
    expected = named or command.replace("kubectl", "kubectl --context 'p q'")
    assert with_context(command, "p q") == expected
