"""The filter language: what is typed after `/` on the fleet, the findings, the ordinals, and the events.

A filter is words separated by spaces, and a row must match all of them:

    kafka "crash loop"        text, in quotes with its spaces; upper and lower case are the same
    ns:data,infra node:db-*   a qualifier; one of several values; `*` is a wildcard, quotes match the whole value
    is:stuck  ready:no        a qualifier with fixed values
    app=kafka  app!=kafka     a label
    /kafka-[0-9]+$/           a regular expression; also as a value: node:/^db-/
    !is:healthy  -kafka       not
    @mine                     a filter saved under that name in the configuration

Each screen declares a `Language`: the texts and qualifiers of its rows. A word that is still being typed (`ns:`, `!`)
matches everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

import msgspec

from stsview.ui.kit.commands.commands import either
from stsview.ui.kit.filters.pattern import BadPattern, Pattern

T = TypeVar("T")

_QUALIFIER = re.compile(r"([A-Za-z]+):")
_LABEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]*)(!?=)=?")
_QUOTED = re.compile(r'"([^"]*)"?')
_REGEX = re.compile(r"/((?:\\.|[^/\\])*)/(?=[\s,]|$)|/(\S*?)/?(?=\s|$)")
_PLAIN = re.compile(r"\S+")
_PLAIN_VALUE = re.compile(r"[^\s,]*")
_SAVED = re.compile(r"@(\S*)")


class _Kind(Enum):
    PLAIN = "plain"
    QUOTED = "quoted"
    REGEX = "regex"


class _Value(msgspec.Struct, frozen=True):
    kind: _Kind
    text: str


class Word(msgspec.Struct, frozen=True):
    """One word of a filter."""

    raw: str
    """As typed."""
    negated: bool
    qualifier: str = ""
    """The name before the colon, in lower case; empty for plain text."""
    label: str = ""
    """The key of a label."""
    saved: str | None = None
    """The name of a saved filter."""
    values: tuple[_Value, ...] = ()


def words_of(text: str) -> list[Word]:
    """The words of a filter, from left to right."""
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word = _scan(text, at)
        words.append(word)
        at += len(word.raw)
    return words


def _scan(text: str, start: int) -> Word:
    negated = text[start] in "!-"
    at = start + negated
    qualifier = label = ""
    saved: str | None = None
    if at >= len(text) or text[at].isspace():
        return Word(text[start:at], negated)
    if match := _SAVED.match(text, at):
        return Word(text[start : match.end()], negated, saved=match[1])
    if text[at] not in '"/':
        if match := _QUALIFIER.match(text, at):
            qualifier = match[1].lower()
        elif match := _LABEL.match(text, at):
            label, negated = match[1], negated is not match[2].startswith("!")
        if match is not None:
            at, values = _values(text, match.end())
            return Word(text[start:at], negated, qualifier, label, saved, values)
    value, at = _value(text, at, _PLAIN)
    return Word(text[start:at], negated, values=(value,))


def _values(text: str, at: int) -> tuple[int, tuple[_Value, ...]]:
    """The values after a colon or an equals sign, separated by commas."""
    values: list[_Value] = []
    while at < len(text) and not text[at].isspace():
        if text[at] == ",":
            at += 1
            continue
        value, at = _value(text, at, _PLAIN_VALUE)
        if value.text:
            values.append(value)
    return at, tuple(values)


def _value(text: str, at: int, plain: re.Pattern[str]) -> tuple[_Value, int]:
    if match := _QUOTED.match(text, at):
        return _Value(_Kind.QUOTED, match[1]), match.end()
    if match := _REGEX.match(text, at):
        return _Value(_Kind.REGEX, match[1] if match[1] is not None else match[2]), match.end()
    match = plain.match(text, at)
    found = match[0] if match is not None else ""
    return _Value(_Kind.PLAIN, found), at + len(found)


class Qualifier(msgspec.Struct, Generic[T], frozen=True):
    """`name:value`, matched against texts of a row."""

    names: tuple[str, ...]
    """The first one is shown."""
    texts: Callable[[T], Iterable[str]]
    anywhere: bool = False
    """Whether a value may be anywhere in the text, as in the path of an image; else it is the beginning."""


class Choice(msgspec.Struct, Generic[T], frozen=True):
    """`name:word`, with a fixed list of words; the beginning of one is enough."""

    names: tuple[str, ...]
    words: Mapping[str, Callable[[T], bool]]


# Without slots: a frozen class with slots cannot be called through an alias such as `Query[SetView]` (CPython 3.11).
class Query(msgspec.Struct, Generic[T], frozen=True):
    """A parsed filter.

    With a problem, it still applies the words that could be parsed.
    """

    text: str = ""
    predicates: tuple[Callable[[T], bool], ...] = ()
    parse_problem: str = ""
    patterns: tuple[Pattern, ...] = ()

    @property
    def problem(self) -> str:
        """What cannot be applied, in one line; empty if everything can."""
        if self.parse_problem:
            return self.parse_problem
        return next((pattern.problem for pattern in self.patterns if pattern.problem), "")

    @property
    def active(self) -> bool:
        return bool(self.predicates) or bool(self.problem)

    def matches(self, row: T) -> bool:
        return all(predicate(row) for predicate in self.predicates)


class _ProblemFound(ValueError):
    pass


class _Parsed(msgspec.Struct, Generic[T]):
    predicates: list[Callable[[T], bool]] = msgspec.field(default_factory=list)
    patterns: list[Pattern] = msgspec.field(default_factory=list)
    problem: str = ""


class Language(msgspec.Struct, Generic[T], frozen=True):
    """The filters of one kind of row."""

    texts: Callable[[T], Iterable[str]]
    """The texts that a word without a qualifier is searched in."""
    qualifiers: tuple[Qualifier[T] | Choice[T], ...] = ()
    labels: Callable[[T], Mapping[str, str]] | None = None

    @property
    def names(self) -> list[str]:
        """The qualifiers, without other spellings."""
        return [qualifier.names[0] for qualifier in self.qualifiers]

    @property
    def hint(self) -> str:
        """What can be typed, for an empty input."""
        label = ("label=value",) if self.labels is not None else ()
        return "  ".join(("text", *(f"{name}:" for name in self.names), *label, "!not", "/regex/"))

    def parse(self, text: str, saved: Mapping[str, str] | None = None) -> Query[T]:
        """Parse any text; `saved` are the filters of the configuration, by name."""
        parsed: _Parsed[T] = _Parsed()
        for word in words_of(text):
            try:
                predicate = self._predicate(word, parsed, saved or {})
            except (_ProblemFound, BadPattern) as error:
                parsed.problem = parsed.problem or str(error)
                continue
            if predicate is not None:
                parsed.predicates.append(_negation(predicate) if word.negated else predicate)
        return Query(text.strip(), tuple(parsed.predicates), parsed.problem, tuple(parsed.patterns))

    def completion(self, text: str, saved: Iterable[str] = ()) -> str:
        """`text` with its last word completed; empty where there is nothing to complete."""
        begun = words_of(text)
        if not begun or not text.endswith(begun[-1].raw):
            return ""
        word = begun[-1]
        if word.saved is not None:
            return _completed(text, word.saved, saved)
        if word.qualifier:
            words = (qualifier.words for qualifier in self._named(word.qualifier) if isinstance(qualifier, Choice))
            last = word.raw.rpartition(":")[2].rpartition(",")[2]
            return _completed(text, last, (name for choice in words for name in choice))
        plain = word.raw.lstrip("!-")
        return _completed(text, plain, (f"{name}:" for name in self.names)) if plain else ""

    def chosen(self, text: str, name: str) -> str:
        """The word of a `Choice` that a filter asks for, when it is spelt out; else empty."""
        asked = [word for word in words_of(text) if word.qualifier == name and not word.negated]
        words = {known for qualifier in self._named(name) if isinstance(qualifier, Choice) for known in qualifier.words}
        if not asked or len(asked[-1].values) != 1:
            return ""
        value = asked[-1].values[0].text
        return value if value in words else ""

    def toggled(self, text: str, name: str, value: str) -> str:
        """The filter with `name:value` in place of any other `name:`.

        Without it if it had that, or `value` is empty.
        """
        rest = [word.raw for word in words_of(text) if word.qualifier != name or word.negated]
        if value and self.chosen(text, name) != value:
            rest.append(f"{name}:{value}")
        return " ".join(rest)

    def _named(self, name: str) -> list[Qualifier[T] | Choice[T]]:
        return [qualifier for qualifier in self.qualifiers if name in qualifier.names]

    def _predicate(self, word: Word, parsed: _Parsed[T], saved: Mapping[str, str]) -> Callable[[T], bool] | None:
        if word.saved is not None:
            return self._saved(word.saved, parsed, saved)
        if word.label and self.labels is not None:
            return _labelled(word, self.labels, parsed)
        if word.label:
            return _search(_matcher(_Value(_Kind.PLAIN, word.raw.lstrip("!-")), parsed, anywhere=True), self.texts)
        if word.qualifier:
            return self._qualified(word, parsed)
        values = [value for value in word.values if value.text]
        return _search(_matcher(values[0], parsed, anywhere=True), self.texts) if values else None

    def _saved(self, name: str, parsed: _Parsed[T], saved: Mapping[str, str]) -> Callable[[T], bool] | None:
        if not name:
            return None
        if name not in saved:
            # The name of another may begin with it: it is being typed.
            if any(known.startswith(name) for known in saved):
                return None
            known = ", ".join(f"@{one}" for one in saved)
            raise _ProblemFound(f"unknown filter @{name} ({f'saved: {known}' if known else 'none is saved'})")
        inner = self.parse(saved[name])
        if inner.parse_problem:
            raise _ProblemFound(f"@{name}: {inner.parse_problem}")
        parsed.patterns.extend(inner.patterns)
        return inner.matches

    def _qualified(self, word: Word, parsed: _Parsed[T]) -> Callable[[T], bool] | None:
        found = self._named(word.qualifier)
        if not found:
            raise _ProblemFound(self._unknown(word.qualifier))
        qualifier = found[0]
        if not word.values:
            return None
        if isinstance(qualifier, Choice):
            return _chosen(qualifier, word.values)
        tests = [_matcher(value, parsed, anywhere=qualifier.anywhere, wildcard=True) for value in word.values]
        return _search(lambda text: any(test(text) for test in tests), qualifier.texts)

    def _unknown(self, name: str) -> str:
        # Not before: only errors need it.
        import difflib

        known = [spelling for qualifier in self.qualifiers for spelling in qualifier.names]
        near = [one for one in known if one.startswith(name)] or difflib.get_close_matches(name, known, 1)
        if near:
            return f"unknown filter {name}: (try {near[0]}:)"
        return f"unknown filter {name}: (valid: {' '.join(f'{one}:' for one in self.names)})"


def _completed(text: str, begun: str, candidates: Iterable[str]) -> str:
    full = next((one for one in candidates if one.startswith(begun) and one != begun), "")
    return text + full[len(begun) :] if full else ""


def _negation(predicate: Callable[[T], bool]) -> Callable[[T], bool]:
    return lambda row: not predicate(row)


def _search(test: Callable[[str], bool], texts: Callable[[T], Iterable[str]]) -> Callable[[T], bool]:
    return lambda row: any(test(text) for text in texts(row))


def _matcher(value: _Value, parsed: _Parsed[T], *, anywhere: bool, wildcard: bool = False) -> Callable[[str], bool]:
    """A test of one text."""
    wanted = value.text.casefold()
    if value.kind is _Kind.REGEX:
        pattern = Pattern(value.text)
        parsed.patterns.append(pattern)
        return pattern.search
    if wildcard and value.kind is _Kind.QUOTED:
        return lambda text: text.casefold() == wanted
    if wildcard and "*" in wanted:
        glob = f"*{_only_stars(wanted)}*" if anywhere else _only_stars(wanted)
        return lambda text: fnmatchcase(text.casefold(), glob)
    if anywhere:
        return lambda text: wanted in text.casefold()
    # A prefix is enough, so that rows are filtered while the value is typed.
    return lambda text: text.casefold().startswith(wanted)


def _chosen(choice: Choice[T], values: Iterable[_Value]) -> Callable[[T], bool]:
    tests: list[Callable[[T], bool]] = []
    for value in values:
        begun = value.text.lower()
        meant = [begun] if begun in choice.words else [word for word in choice.words if word.startswith(begun)]
        if not meant:
            raise _ProblemFound(f"{choice.names[0]}: must be {either(list(choice.words))}")
        tests += [choice.words[word] for word in meant]
    return lambda row: any(test(row) for test in tests)


def _labelled(word: Word, labels: Callable[[T], Mapping[str, str]], parsed: _Parsed[T]) -> Callable[[T], bool]:
    tests = [_label_test(value, parsed) for value in word.values] or [lambda _: True]
    key = word.label

    def has(row: T) -> bool:
        value = labels(row).get(key)
        return value is not None and any(test(value) for test in tests)

    return has


def _label_test(value: _Value, parsed: _Parsed[T]) -> Callable[[str], bool]:
    if value.kind is _Kind.REGEX:
        return _matcher(value, parsed, anywhere=True)
    if value.kind is _Kind.QUOTED:
        return lambda text: text == value.text
    pattern = _only_stars(value.text)
    return lambda text: fnmatchcase(text, pattern)


def _only_stars(pattern: str) -> str:
    """An fnmatch pattern in which only `*` is special."""
    return "".join(f"[{sign}]" if sign in "?[" else sign for sign in pattern)
