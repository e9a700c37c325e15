"""A command line as bash hands it to a completion, and candidates as it expects them.

bash divides words also at `=` and `:`, which are in the names of many contexts, and replaces only what is behind the
last of these (READLINE in bash(1), COMP_WORDBREAKS).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_UNSAFE = re.compile(r"([^A-Za-z0-9_@%+=:,./-])")


class BashLine(NamedTuple):
    words: list[str]
    """As the program would get them; the last one is being typed, and may be empty."""
    kept: str
    """What of the last word bash keeps, in front of what it replaces."""
    quoted: bool
    """Whether the last word has an open quote."""

    def reply(self, candidate: str) -> str:
        """What replaces the rest of the last word."""
        rest = candidate[len(self.kept) :]
        return rest if self.quoted else _UNSAFE.sub(r"\\\1", rest)


def parse_line(line: str, breaks: str) -> BashLine:
    """`line` up to the cursor. `breaks` are the characters of COMP_WORDBREAKS."""
    words: list[str] = []
    word, begun, kept, quote, escaped = "", False, 0, "", False
    for character in line:
        if escaped:
            word, escaped = word + character, False
        elif character == "\\" and quote != "'":
            escaped = begun = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "'\"":
            quote, begun, kept = character, True, len(word)
        elif character.isspace():
            if begun:
                words.append(word)
            word, begun, kept = "", False, 0
        else:
            word, begun = word + character, True
            if character in breaks:
                kept = len(word)
    return BashLine([*words, word], word[:kept], bool(quote))
