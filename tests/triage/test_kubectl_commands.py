"""Commands of remedies are quoted for a shell."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from stsview.triage.rule import kubectl_cluster


@given(st.lists(st.text(alphabet="aZ_9 /=-'\"$\né", max_size=4)))
def test_commands_are_quoted_as_by_the_standard_library(words: list[str]) -> None:
    assert kubectl_cluster(*words) == shlex.join(["kubectl", *words])
