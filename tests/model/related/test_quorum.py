from __future__ import annotations

import pytest

from stsview.model.related.quorum import ANNOTATION, quorum_of
from stsview.model.settings import ModelSettings
from tests.support.model.build import stateful_set


@pytest.mark.parametrize(
    ("replicas", "annotation", "configured", "needed"),
    [
        (3, "majority", None, 2),
        (4, "majority", None, 3),
        (5, "2", None, 2),
        (5, "2", 4, 4),
        (5, "", 3, 3),
        (5, "", None, None),
        (5, "6", None, None),
        (5, "", 6, None),
        (5, "0", None, None),
        (5, "-1", None, None),
        (5, "２", None, None),
        (5, "9" * 5000, None, None),
        (5, "most of them", None, None),
        (0, "majority", None, 1),
    ],
)
def test_only_a_configured_and_reachable_number_is_a_quorum(
    replicas: int, annotation: str, configured: int | None, needed: int | None
) -> None:
    stateful = stateful_set(replicas, annotations={ANNOTATION: annotation} if annotation else {})
    settings = ModelSettings(quorum={"default/other": 1} | ({"default/web": configured} if configured else {}))
    quorum = quorum_of(stateful, settings)
    assert (quorum.needed if quorum else None) == needed
    if quorum is not None:
        assert (quorum.source == "configuration") == (configured is not None)
