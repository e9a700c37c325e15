"""The kinds that cannot be read, in as few sentences as possible."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.objects.stream_messages import StreamHealth, StreamPhase

UNREADABLE = frozenset({StreamPhase.FORBIDDEN, StreamPhase.ABSENT})

_NAMED = 3
"""How many namespaces a sentence names; more are counted."""


def unreadable_kinds(streams: Iterable[StreamHealth]) -> list[str]:
    """One sentence for each kind that cannot be read, with namespaces or the reason."""
    problems: dict[tuple[str, StreamPhase], dict[str, str]] = {}
    for stream in streams:
        if stream.phase in UNREADABLE and stream.problem:
            problems.setdefault((stream.kind.name, stream.phase), {}).setdefault(stream.problem, stream.namespace)
    sentences: list[str] = []
    for said in problems.values():
        namespaces = sorted(namespace for namespace in said.values() if namespace)
        first = next(iter(said))
        if len(said) == 1 or len(namespaces) < len(said):
            sentences += said
        else:
            sentences.append(first.removesuffix(f" in namespace {said[first]}") + f" in {_listed(namespaces)}")
    return sentences


def denied_kinds(streams: Iterable[StreamHealth]) -> list[str]:
    """Resource names of the kinds that may not be read in some namespace, each once."""
    return list(dict.fromkeys(stream.kind.resource for stream in streams if stream.phase is StreamPhase.FORBIDDEN))


def _listed(namespaces: list[str]) -> str:
    if len(namespaces) > _NAMED:
        return f"{len(namespaces)} namespaces"
    return f"namespaces {', '.join(namespaces[:-1])} and {namespaces[-1]}"
