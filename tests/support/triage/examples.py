"""How long hypothesis plays with a simulated cluster."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

_WANTED = os.environ.get("STSVIEW_EXAMPLES", "")
"""`STSVIEW_EXAMPLES=2000 pytest tests/triage/test_healthy_life.py` plays as often, and shows what it finds as it was
found: to make it smaller takes longer than that."""


def examples(few: int, **more: object) -> settings:
    """`few` of them, unless the environment wants so many."""
    phases = [Phase.explicit, Phase.generate] if _WANTED else list(Phase)
    return settings(max_examples=int(_WANTED or few), phases=phases, deadline=None, **more)  # type: ignore[arg-type]
