"""Redaction of text that is quoted on a screen or written to the log file."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stsview.cluster.errors import printable_line

HIDDEN = "[hidden]"

_SENSITIVE_NAME = re.compile(r"(?i)secret|token|passw|passphrase|credential|api[-_]?key|private|session|cookie|bearer")

_PEM = re.compile(r"-----BEGIN.*?(-----END[^\n]*-----|\Z)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@]+@")
_HEADER = re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;\"']{6,}")
_ASSIGNED = re.compile(
    r"""(?ix) ([\w-]*(?:secret|token|passw|passphrase|password|credential|api[-_]?key|assertion|client[-_]?key)[\w-]*
    ["']?\s* (?: = | :(?=\s*["']) | :\s*(?=\S*\d)) \s*) ("[^"]*" | '[^']*' | [^\s,;&]+)"""
)
"""`token=…`, `"token": "…"`, and `token: …` where the value holds a digit, as words of a sentence do not."""
_ENCODED = re.compile(r"[A-Za-z0-9_+/=-]{16,}(?:\.[A-Za-z0-9_+/=-]{2,})*")
_SHORTEST = 6
"""Known secrets that are shorter are not searched for: they would hide ordinary words."""

_MOST_KNOWN = 100
_known: dict[str, None] = {}
"""Credentials in use, the most recent last; a token renewed every few minutes must not accumulate for ever."""


def remember_secrets(secrets: Iterable[str]) -> None:
    """Hide these values in everything that `redact` returns from now on.

    The last hundred are kept.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            _known.pop(secret, None)
            _known[secret] = None
    while len(_known) > _MOST_KNOWN:
        del _known[next(iter(_known))]


def redact(text: str) -> str:
    """`text` without remembered secrets or anything that looks like a credential.

    The text may have any number of lines.
    """
    return _without_patterns(_without(_PEM.sub(HIDDEN, text), _known))


def redact_named(text: str) -> str:
    """`text` without remembered secrets and what it says is a credential: a key, a password in a URL, `token=…`.

    Unlike `redact`, it keeps names that merely look random, such as those of volumes and pods.
    """
    return _without_named(_without(_PEM.sub(HIDDEN, text), _known))


def redacted_line(text: str, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """The last line of `text` that says something, fit for a screen.

    Empty when none does.

    Hides `secrets` and whatever looks like a credential: rather too much than too little.
    """
    text = _without(_PEM.sub(HIDDEN, text), {secret for secret in secrets if len(secret) >= _SHORTEST})
    lines = (line for line in reversed(text.splitlines()) if line.strip() and line.strip() != HIDDEN)
    return printable_line(_without_patterns(next(lines, "")[:4096]), limit)


def is_sensitive(name: str) -> bool:
    """Whether the name of a variable, option or field says that its value is secret."""
    return bool(_SENSITIVE_NAME.search(name))


def sensitive_values(named: Iterable[tuple[str, str]]) -> list[str]:
    """The values of variables or options whose names say that they are secret."""
    return [value for name, value in named if is_sensitive(name)]


def _without(text: str, secrets: Iterable[str]) -> str:
    # The longest first: a secret may be part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _without_named(text: str) -> str:
    text = _URL_PASSWORD.sub(f"{HIDDEN}@", text)
    text = _HEADER.sub(rf"\1 {HIDDEN}", text)
    return _ASSIGNED.sub(rf"\1{HIDDEN}", text)


def _without_patterns(text: str) -> str:
    return _ENCODED.sub(_hidden_unless_readable, _without_named(text))


def _hidden_unless_readable(match: re.Match[str]) -> str:
    """Hide a match unless it reads like a path, an option or a long word.

    A credential mixes letters and digits in one long piece.
    """
    text = match.group()
    pieces = re.split(r"[/.=-]", text)
    mixed = any(len(piece) >= 16 and re.search(r"\d", piece) and re.search(r"[A-Za-z]", piece) for piece in pieces) or (
        len(text) >= 40 and not text.startswith("/") and bool(re.search(r"\d", text))
    )
    return HIDDEN if mixed else text
