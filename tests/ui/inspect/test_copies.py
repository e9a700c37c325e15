"""Texts offered for copying."""

from __future__ import annotations

from stsview.ui.fleet.fleet_cells import fleet_row
from stsview.ui.inspect.copies import copies_of_ordinal, copies_of_set, line_text
from stsview.ui.set.ordinal_cells import columns, ordinal_row
from tests.support.ui.fleets import (
    NOW,
    kafka,
)

WIDE = 150


def test_copies_of_an_ordinal() -> None:
    view = kafka()
    shown_columns = columns(view, WIDE)
    row = ordinal_row(view, view.ordinals[3], 0, NOW, shown_columns)
    assert copies_of_ordinal(view, view.ordinals[3], row) == [
        ("pod", "kafka-3"),
        ("DNS name", "kafka-3.kafka-hs.data.svc.cluster.local"),
        ("PVC", "data-kafka-3"),
        ("volume", "pvc-0b7ekafka-3"),
        ("node", "w-1"),
        ("pod IP", "10.2.3.44"),
        ("pod uid", "6f3c0003-kafka"),
        ("revision", "kafka-7c9f01d2aa"),
        ("set", "data/kafka"),
        ("row", line_text(row)),
    ]


def test_copies_of_a_set() -> None:
    copies = dict(copies_of_set(kafka(), fleet_row(kafka(), NOW, 12)))
    assert copies["name"] == "kafka"
    assert copies["namespace/name"] == "data/kafka"
    assert copies["DNS name of the Service"] == "kafka-hs.data.svc.cluster.local"
    assert copies["row"].startswith("✖  data  kafka  ●●●✖●●  5/6")
