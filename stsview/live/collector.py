"""Python's cyclic garbage collector while a cluster is loaded, and after.

Loading creates many objects that stay. The collector would look at all of them again and again: in a large cluster a
third of the time of loading, and half a second of standstill each time.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

from stsview.live.snapshot import FleetSource, Link, Snapshot

_NEVER = 1_000_000_000

_WHILE_LOADING = (10_000, _NEVER, _NEVER)
"""Only the youngest objects are looked at: frames and requests leave garbage in cycles, some 400 kB a second. Nearly
all that stays is invisible to the collector (structs with `gc=False`, and bytes), so that this happens some times a
second at most. A second look at what stays, such as the keys of the sets, would stop the event loop for a tenth of a
second."""

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


def return_unused_memory() -> None:
    """Give the system what parts of lists and answers have left on the heap: one tenth of the memory.

    Only glibc can be asked to, and other systems do so on their own or not at all.
    """
    # Not at the top: the first frame does not need it.
    import ctypes

    # AttributeError: another C library; OSError: none that can be loaded by no name.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def pause_collector_until_loaded(source: FleetSource) -> None:
    """Collect young objects alone until `source` has loaded its cluster, and never look at what was loaded afterwards.

    For a process that reads one source until it ends.
    """
    gc.set_threshold(*_WHILE_LOADING)

    def on_snapshot(snapshot: Snapshot) -> None:
        if snapshot.health.link not in (Link.CONNECTING, Link.LOADING):
            unsubscribe()
            # For the same reason: what has become garbage since it was looked at stays, less than a hundredth of all.
            gc.collect(0)
            gc.freeze()
            return_unused_memory()
            gc.set_threshold(*_THRESHOLDS)

    unsubscribe = source.subscribe(on_snapshot)
