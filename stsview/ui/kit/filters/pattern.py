"""Regular expressions of filters, bounded in time."""

from __future__ import annotations

_LONGEST_PATTERN = 200
_LONGEST_TEXT = 2_000
_SECONDS = 0.05
"""How long one search may take. An expression such as `(a+)+$` may need years for some texts, and these come from the
cluster."""


class BadPattern(ValueError):
    """The expression is invalid; the message says why."""


class Pattern:
    """A regular expression that ignores case.

    Raises `BadPattern`. Once a search exceeds its time, the expression matches nothing, and `problem` says so.
    """

    def __init__(self, text: str) -> None:
        # Imported at the first use: few filters have one, and the first screen must not wait for it.
        import regex

        if len(text) > _LONGEST_PATTERN:
            raise BadPattern(f"regular expression longer than {_LONGEST_PATTERN} characters")
        try:
            self._compiled = regex.compile(text, regex.IGNORECASE)
        except regex.error as error:
            raise BadPattern(f"invalid regular expression: {error}") from None
        self.problem = ""
        """Why it matches nothing; empty while it works."""

    def search(self, text: str) -> bool:
        """Whether it matches anywhere in `text`."""
        if self.problem:
            return False
        try:
            return self._compiled.search(text[:_LONGEST_TEXT], timeout=_SECONDS) is not None
        except TimeoutError:
            self.problem = "regular expression too slow: simplify it"
            return False
