"""Measure the program on large clusters, print a table, and write the figures as JSON: see docs/performance.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.measure import measure
from tests.bench.table import table_of

SIZES, QUICK, GROWTH = (50_000,), (5_000,), (1_000, 10_000, 50_000, 100_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", help=f"sizes to measure (default: {SIZES[0]})")
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 200, 1000], help="changes a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the CPU at each rate is measured")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK[0]} pods, in less than a minute")
    parser.add_argument("--growth", action="store_true", help=f"the sizes {', '.join(map(str, GROWTH))}")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    sizes = options.pods or (QUICK if options.quick else GROWTH if options.growth else SIZES)
    seconds, rates = (3.0, [0, 1000]) if options.quick else (options.seconds, options.rates)
    console, figures = Console(width=None if sys.stdout.isatty() else 120), []
    for pods in sizes:
        Console(stderr=True).print(f"{pods:,} pods", style="dim")
        figures.append(measure(pods, rates, seconds))
        if options.json is not None:
            options.json.write_text(json.dumps(figures, indent=1) + "\n")
    console.print(table_of(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
