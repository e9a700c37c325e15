"""Python's cyclic garbage collector while a cluster is loaded, and after.

Loading creates millions of objects that stay, and no garbage in cycles. The collector would look at all of them again
and again: in a large cluster a third of the time of loading, and half a second of standstill each time.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

from stsview.live.snapshot import Link, Snapshot, Source

_THRESHOLDS = (50_000, 20, 50)
"""See `gc.set_threshold`. A change of a pod creates and drops some hundred objects, few of them in cycles."""


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Collect no garbage in cycles meanwhile."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def pause_collector_until_loaded(source: Source) -> None:
    """Collect nothing until `source` has loaded its cluster, and never look at what was loaded afterwards.

    For a process that reads one source until it ends.
    """
    gc.disable()

    def on_snapshot(snapshot: Snapshot) -> None:
        if snapshot.health.link not in (Link.CONNECTING, Link.LOADING):
            unsubscribe()
            gc.freeze()
            gc.set_threshold(*_THRESHOLDS)
            gc.enable()

    unsubscribe = source.subscribe(on_snapshot)
