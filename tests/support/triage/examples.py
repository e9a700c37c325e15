"""Number of hypothesis examples on a simulated cluster."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

_REQUESTED = os.environ.get("STSVIEW_EXAMPLES", "")
"""`STSVIEW_EXAMPLES=2000 pytest tests/triage/test_healthy_lifecycle.py` runs that many."""


def examples(few: int, **more: object) -> settings:
    """Settings for `few` examples, or for as many as the environment requests.

    A failure is reported without shrinking it, which takes longer than all other tests together.
    """
    phases = [Phase.explicit, Phase.generate] if _REQUESTED else [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=int(_REQUESTED or few), phases=phases, deadline=None, **more)  # type: ignore[arg-type]
