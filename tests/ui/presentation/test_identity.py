from __future__ import annotations

from stsview.model.views import Place
from stsview.ui.presentation.identity import chain, place_words
from stsview.ui.roles import plain
from tests.ui.fleets import (
    NOW,
    kafka,
    odd_ones,
)


def test_the_chain_from_pod_to_node() -> None:
    links = list(chain(kafka().ordinals[3], NOW))
    assert [link.label for link in links] == ["pod", "dns", "claim", "volume", "node"]
    assert [[plain(line) for line in link.lines] for link in links] == [
        [
            "kafka-3  ✖ CrashLoopBackOff",
            "container kafka: exit 1, last: Unknown broker property",
            "uid 6f3c0003-kafka  10.2.3.44",
        ],
        ["kafka-3.kafka-hs.data.svc.cluster.local", "✖ not ready"],
        ["data-kafka-3  1 Ti  fast-ssd  RWO  ✔ Bound"],
        ["pvc-0b7ekafka-3"],
        ["w-1"],
    ]


def test_the_chain_of_what_is_not_there() -> None:
    missing = odd_ones().ordinals[2]
    assert [[plain(line) for line in link.lines] for link in chain(missing, NOW)] == [
        ["ledger-4  ○ missing  next"],
        ["ledger-4.ledger-hs.data.svc.cluster.local", "○ no pod"],
        ["data-ledger-4  ○ missing"],
        ["wal-ledger-4  ○ missing"],
        ["none"],
    ]


def test_each_place_but_the_expected_one_is_explained() -> None:
    for ordinal in odd_ones().ordinals:
        assert bool(place_words(ordinal)) is (ordinal.place is not Place.EXPECTED)
