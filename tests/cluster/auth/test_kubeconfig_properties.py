"""Any file yields a configuration or a one-line `ConfigError`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.cluster.auth.kubeconfig import ClusterConfig, Kubeconfig
from stsview.cluster.auth.kubeconfig_file import Cluster, Context, User
from stsview.cluster.errors import ConfigError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3)
)
NAMES = st.sampled_from(["a", "b", "", "\x1b[2J"])
TEXTS = st.text(max_size=20) | st.sampled_from(["https://h", "/nonexistent", "aGVsbG8=", "a", "b", "."])


def entry(struct: type[Cluster] | type[User] | type[Context]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(struct.__struct_encode_fields__), TEXTS | ANYTHING, max_size=4)


def section(one: str, struct: type[Cluster] | type[User] | type[Context]) -> st.SearchStrategy[Any]:
    sound = st.lists(st.fixed_dictionaries({"name": NAMES, one: entry(struct)}), max_size=3)
    return sound | ANYTHING


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "current-context": NAMES | ANYTHING,
        "clusters": section("cluster", Cluster),
        "users": section("user", User),
        "contexts": section("context", Context),
        "kind": st.just("Config") | ANYTHING,
    },
)


def outcome(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_bytes(content)
        for context in (None, "a"):
            try:
                config = Kubeconfig.load(str(path), environ={}).config(context)
            except ConfigError as error:
                message = str(error)
                assert message.isprintable()
                assert folder in message
            else:
                assert isinstance(config, ClusterConfig)
                assert config.server.startswith(("http://", "https://"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=60, deadline=None)
def test_any_bytes(content: bytes) -> None:
    outcome(content)


@given(DOCUMENTS)
@settings(max_examples=80, deadline=None)
def test_any_document(content: dict[str, Any]) -> None:
    outcome(yaml.dump(content, allow_unicode=True).encode("utf-8", "surrogatepass"))
