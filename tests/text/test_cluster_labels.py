"""Short names of clusters."""

from __future__ import annotations

import pytest

from stsview.text.cluster_labels import cluster_labels

ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/"


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["staging", "production"], ["staging", "production"]),
        ([f"{ARN}prod", f"{ARN}staging"], ["prod", "staging"]),
        (["gke_shop_europe-west1_main", "gke_shop_europe-west4_main"], ["west1_main", "west4_main"]),
        # Two clusters of one name in two places: what differs must stay.
        (
            ["arn:eu-west-1:cluster/prod", "arn:us-east-1:cluster/prod"],
            ["eu-west-1:cluster/prod", "us-east-1:cluster/prod"],
        ),
        (["a-very-long-name", "a-very-long-name-2"], ["name", "name-2"]),
    ],
)
def test_labels_are_short_and_never_alike(names: list[str], labels: list[str]) -> None:
    assert list(cluster_labels(names).values()) == labels
