"""Words that stsview does not use, found in every text of a Python file.

`python -m tests.support.wording PATH...` prints each as `file:line: word: text`.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEVER = re.compile(
    r"\b(?:somebody|nobody|whoever|anew|mend(?:s|ed|ing)?|besides?|once more|under way"
    r"|(?:is|are|was|were) told to|(?:is|are|was) seen to be|(?:is|are) asked to end|it is that|leave it|do it"
    r"|(?:go|goes|going|went) on(?! fire\b)|nothing says why|to be had|by then|no more than that)\b",
    re.IGNORECASE,
)
"""The list of words to avoid: Kubernetes' own documentation uses none of them."""


@dataclass(frozen=True, slots=True)
class Offence:
    path: str
    line: int
    word: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word}: {self.text}"


def offences(path: Path) -> Iterator[Offence]:
    """Every forbidden word in the strings, docstrings and comments of one file."""
    lines = path.read_text().splitlines()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            text = re.sub(r"\s+", " ", token.string)
            for match in NEVER.finditer(text):
                first = token.start[0] + token.string[: match.start()].count("\n")
                yield Offence(str(path), first, match.group(0).lower(), lines[token.start[0] - 1].strip()[:120])


def main(paths: list[str]) -> int:
    files = [file for path in map(Path, paths) for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    found = [offence for file in files for offence in offences(file)]
    print(*found, sep="\n")  # noqa: T201 - a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
