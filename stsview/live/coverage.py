"""How much of its kind a stream has delivered."""

from __future__ import annotations

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.stream_messages import StreamHealth, StreamPhase


def stream_coverage(stream: StreamHealth) -> KindCoverage:
    """The coverage of a kind by its stream."""
    match stream.phase:
        case StreamPhase.FORBIDDEN:
            return KindCoverage(Coverage.FORBIDDEN, stream.problem)
        case StreamPhase.ABSENT:
            return KindCoverage(Coverage.ABSENT, stream.problem)
    coverage = Coverage.COMPLETE if stream.synced else Coverage.LOADING
    return KindCoverage(coverage, malformed=stream.malformed_keys)
