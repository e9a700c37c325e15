"""What another program says, without the credentials that it may say along with it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stsview.cluster.errors import one_line

HIDDEN = "[hidden]"

_SENSITIVE_NAME = re.compile(r"(?i)secret|token|passw|passphrase|credential|api[-_]?key|private|session|cookie|bearer")

_PEM = re.compile(r"-----BEGIN.*?(-----END[^\n]*-----|\Z)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@]+@")
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;\"']{6,}")
_ASSIGNED = re.compile(
    r"""(?ix) ([\w-]*(?:secret|token|passw|passphrase|password|credential|api[-_]?key|assertion|client[-_]?key)[\w-]*
    ["']?\s* (?: = | :(?=\s*["']) | :\s*(?=\S*\d)) \s*) ("[^"]*" | '[^']*' | [^\s,;&]+)"""
)
"""`token=…`, `"token": "…"`, and `token: …` where what follows holds a digit, as words of a sentence do not."""
_ENCODED = re.compile(r"[A-Za-z0-9_+/=-]{16,}(?:\.[A-Za-z0-9_+/=-]{2,})*")
_SHORTEST = 6


def redacted_line(text: str, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """The last line of `text` that says something, fit for a screen; empty when none does.

    Whatever is one of `secrets`, or looks like a credential, is hidden: rather too much than too little.
    """
    text = _PEM.sub(HIDDEN, text)
    for secret in sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    lines = (line for line in reversed(text.splitlines()) if line.strip() and line.strip() != HIDDEN)
    line = next(lines, "")[:4096]
    line = _URL_PASSWORD.sub(f"{HIDDEN}@", line)
    line = _HEADER.sub(rf"\1 {HIDDEN}", line)
    line = _ASSIGNED.sub(rf"\1{HIDDEN}", line)
    line = _ENCODED.sub(_unless_readable, line)
    return one_line(line, limit)


def sensitive_values(named: Iterable[tuple[str, str]]) -> list[str]:
    """The values of variables or options whose names say that they are secret."""
    return [value for name, value in named if _SENSITIVE_NAME.search(name)]


def _unless_readable(found: re.Match[str]) -> str:
    """Paths, options and long words are left: a credential mixes letters and digits in one long piece."""
    text = found.group()
    pieces = re.split(r"[/.=-]", text)
    mixed = any(len(piece) >= 16 and re.search(r"\d", piece) and re.search(r"[A-Za-z]", piece) for piece in pieces) or (
        len(text) >= 40 and not text.startswith("/") and bool(re.search(r"\d", text))
    )
    return HIDDEN if mixed else text
