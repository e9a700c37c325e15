"""`python -m stsview`, the same as the command `stsview`."""

from __future__ import annotations

import sys

from stsview.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
