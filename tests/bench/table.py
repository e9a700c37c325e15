"""The figures as a table: one row for each, one column for each size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.table import Table

Figures = Mapping[str, Any]
_Row = tuple[str, str, Callable[[Figures], str]]


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def _loading(name: str) -> Callable[[Figures], str]:
    return lambda found: _seconds(found["loading"][name])


def _times(value: float) -> str:
    return f"{value:.1f}x"


def _ratio(name: str) -> Callable[[Figures], str]:
    return lambda found: _times(found[name])


def _start(first: str, second: str, text: Callable[[float], str]) -> Callable[[Figures], str]:
    return lambda found: f"{text(found['start'][first])}, {text(found['start'][second])}"


_ROWS: Sequence[_Row] = (
    ("small cluster: first frame, live", "0.45 s, 0.9 s", _start("first frame s", "live s", _seconds)),
    (
        "  CPU over the first frame of an empty app",
        "1.3x",
        _start("first frame cpu over empty app", "live cpu over empty app", _times),
    ),
    ("first frame", "", _loading("first frame s")),
    ("all sets in the table", "", _loading("rows s")),
    ("live", "", _loading("live s")),
    ("CPU to live", "", _loading("cpu s")),
    ("  over reading the same bytes", "2.5x", _ratio("cpu over floor")),
    ("  over reading and decoding them", "", _ratio("cpu over decode")),
    ("longest stall while loading", "50 ms", _loading("stall s")),
    ("slowest key while loading", "100 ms", _loading("key max s")),
    ("memory when live", "", lambda found: f"{found['MB']:.0f} MB"),
    ("  a pod with all that belongs to it", "5 kB", lambda found: f"{found['kB a pod']:.1f} kB"),
    ("memory at the end", "", lambda found: f"{found['MB after']:.0f} MB"),
    ("check -A: CPU over the dashboard's", "0.9x", _ratio("check cpu over dashboard")),
    ("  memory over the dashboard's", "1x", _ratio("check MB over dashboard")),
)


def _steady_rows(rate: str) -> Sequence[_Row]:
    words = "idle" if rate == "0" else f"{int(rate):,} changes a second"
    busiest = rate == "1000"
    core = "0.5 %" if rate == "0" else "40 %" if busiest else ""

    def of(name: str) -> Callable[[Figures], str]:
        return lambda found: _seconds(found["steady"][rate][name])

    def pair(first: str, second: str) -> Callable[[Figures], str]:
        return lambda found: f"{of(first)(found)}, {of(second)(found)}"

    return (
        (f"{words}: CPU of a core", core, lambda found: f"{found['steady'][rate]['core'] * 100:.1f} %"),
        ("  key to frame, p50, p99", "10 ms, 50 ms" if busiest else "", pair("key p50 s", "key p99 s")),
        ("  change to screen, p50, p99", "p99 250 ms" if busiest else "", pair("seen p50 s", "seen p99 s")),
        ("  longest stall", "", of("stall s")),
    )


def table_of(figures: Sequence[Figures]) -> Table:
    """The table of these sizes, all measured at the same rates."""
    table = Table(title=f"stsview on large clusters, {len(figures)} sizes" if len(figures) > 1 else None)
    table.add_column("figure")
    for found in figures:
        table.add_column(f"{found['pods']:,} pods", justify="right")
    table.add_column("aim", style="dim")
    rates = list(figures[0]["steady"]) if figures else []
    for name, aim, value in (*_ROWS, *(row for rate in rates for row in _steady_rows(rate))):
        table.add_row(name, *(value(found) for found in figures), aim)
    return table
