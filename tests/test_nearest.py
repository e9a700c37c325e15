"""The nearest of known names to one that does not exist."""

import pytest

from stsview.nearest import did_you_mean, nearest, suggested


@pytest.mark.parametrize(
    ("word", "names", "expected"),
    [
        ("kafak", ["kafka", "zookeeper"], ("kafka",)),
        ("KAFKA", ["kafka", "Kafka"], ("kafka", "Kafka")),
        ("zoo", ["kafka", "zookeeper"], ("zookeeper",)),
        ("z", ["kafka", "zookeeper"], ()),
        ("", ["kafka"], ()),
        ("teleport", ["check", "status"], ()),
        ("etcd", ["etcd-1", "etcd-2", "etcd-3"], ("etcd-3", "etcd-2", "etcd-1")),
        ("kafka-0", ["kafka", "kafka-1"], ("kafka-1", "kafka")),
    ],
)
def test_names_that_a_word_may_stand_for(word: str, names: list[str], expected: tuple[str, ...]) -> None:
    assert nearest(word, names) == expected
    assert nearest(word, names, 1) == expected[:1]


def test_a_suggestion_completes_an_error() -> None:
    assert did_you_mean("kafak", ["kafka", "zookeeper"]) == "; did you mean kafka?"
    assert did_you_mean("kafak", ["zookeeper"]) == ""
    assert suggested(("a/kafka", "b/kafka", "c/kafka")) == "; did you mean a/kafka, b/kafka or c/kafka?"
