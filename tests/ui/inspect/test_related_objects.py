"""Which objects can be looked at from a set and its pods."""

from __future__ import annotations

from msgspec import structs
from msgspec.structs import replace

from stsview.model.views import BudgetView, SetView, WriterView
from stsview.objects.kinds import NODES, PODS, READABLE_KINDS, VOLUMES
from stsview.objects.meta import Key
from stsview.ui.inspect.related_objects import pod_of_interest, related_objects
from tests.support.ui.fleets import design_fleet


def kafka() -> SetView:
    return design_fleet().sets[Key("data", "kafka")]


def test_objects_related_to_a_pod() -> None:
    refs = related_objects(kafka(), "kafka-3")
    assert [(ref.word, str(ref.key)) for ref in refs] == [
        ("pod", "data/kafka-3"),
        ("set", "data/kafka"),
        ("PVC", "data/data-kafka-3"),
        ("volume", "pvc-0b7ekafka-3"),
        ("Service", "data/kafka-hs"),
        ("node", "w-1"),
    ]
    assert {ref.kind for ref in refs if not ref.key.namespace} == {VOLUMES, NODES}
    assert refs[0].same_object(replace(refs[0], state="other"))
    assert not refs[0].same_object(replace(refs[0], kind=NODES))


def test_budgets_and_the_autoscaler_are_related() -> None:
    view = replace(
        kafka(),
        budget=BudgetView("max 1 down, 0 left", name="kafka-pdb"),
        writers=(WriterView("HPA", "kafka", "2 to 10"), WriterView("Argo CD", "data")),
    )
    rows = tuple(replace(row, budgets=("other-pdb",)) if row.name == "kafka-3" else row for row in view.ordinals)
    view = replace(view, ordinals=rows)
    refs = related_objects(view)[2:]
    assert [(ref.word, str(ref.key), ref.state) for ref in refs] == [
        ("PDB", "data/kafka-pdb", "max 1 down, 0 left"),
        ("HPA", "data/kafka", "2 to 10"),
    ]
    assert all(ref.kind in READABLE_KINDS for ref in refs)
    assert [str(ref.key) for ref in related_objects(view, "kafka-3") if ref.word == "PDB"] == ["data/other-pdb"]


def test_objects_related_to_a_set_or_an_unknown_pod() -> None:
    assert [ref.word for ref in related_objects(kafka())] == ["set", "Service"]
    unknown = related_objects(kafka(), "kafka-99")[0]
    assert (unknown.word, unknown.kind) == ("pod", PODS)


def test_the_pod_of_interest() -> None:
    view = kafka()
    assert pod_of_interest(view) == "kafka-3"
    quiet = structs.replace(
        view, wait=structs.replace(view.wait, ordinal=None), why=structs.replace(view.why, ordinal=None)
    )
    assert pod_of_interest(quiet) == "kafka-0"
    first_missing = (structs.replace(view.ordinals[0], uid=None), *view.ordinals[1:])
    assert pod_of_interest(structs.replace(quiet, ordinals=first_missing)) == "kafka-1"
    assert pod_of_interest(structs.replace(quiet, ordinals=())) == ""
