"""The names of a set's pods as a resolver inside the cluster answers them, against what the API publishes.

Pure: the command that asks, the answers in what it wrote, and what they say about each name.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

_ASKED, _CODE = "? ", "= "
"""How the lines before and after the answer to a name start."""
_GETENT, _NSLOOKUP = "getent hosts", "nslookup"
_NOT_FOUND = 127
"""Exit code of a shell for a program that it does not find (POSIX, Shell & Utilities, 2.8.2)."""

_ADDRESS = re.compile(r"Address(?: \d+)?:\s*(\S+)")
_NO_SERVER = ("timed out", "no servers could be reached", "servfail", "refused", "try again")
"""What nslookup writes where the server gave no answer, which is not the answer that there is no such name."""


class Names(msgspec.Struct, frozen=True):
    """The names of an ordinal."""

    pod: str
    service: str
    domain: str
    """Of the Service: `data.svc.cluster.local`."""

    @property
    def short(self) -> str:
        """As applications in the same namespace write it: `kafka-0.kafka`. A pod's search domains complete it."""
        return f"{self.pod}.{self.service}"

    @property
    def full(self) -> str:
        return f"{self.short}.{self.domain}"


class Answer(msgspec.Struct, frozen=True):
    """What a resolver answered for one name."""

    addresses: frozenset[str] = frozenset()
    failed: bool = False
    """Whether the DNS server did not answer at all."""


class Answers(msgspec.Struct, frozen=True):
    """All that one command found out."""

    by_name: Mapping[str, Answer]
    """By name; without those that it did not come to."""
    started: bool
    """Whether a shell ran the command at all."""
    no_tool: bool = False
    """Whether the container has neither getent nor nslookup."""
    reads_hosts: bool = False
    """Whether /etc/hosts is read before DNS is asked, as getent does."""


class Verdict(Enum):
    """How the answers for an ordinal compare with its EndpointSlices."""

    AGREES = "agrees"
    ABSENT = "no answer, as expected"
    MISSING = "no answer"
    STALE = "other address"
    UNPUBLISHED = "answers, not published"
    SHORT_ONLY = "only short name"
    FULL_ONLY = "only full name"
    FAILED = "DNS server failed"
    UNKNOWN = "unknown"

    @property
    def good(self) -> bool:
        return self in (Verdict.AGREES, Verdict.ABSENT)


class Comparison(msgspec.Struct, frozen=True):
    """The answers for one ordinal, judged."""

    verdict: Verdict
    addresses: tuple[str, ...] = ()
    """What was answered."""
    words: str = ""
    """What differs, in one sentence; empty where nothing does."""
    advice: str = ""


def question(names: Sequence[Names]) -> tuple[str, ...]:
    """The command that asks for the short and the full names in one container, by getent or else nslookup.

    It needs a POSIX shell. All `names` are of one Service. It is short, since it is a part of the URL of the request.
    """
    pods = " ".join(shlex.quote(one.pod) for one in names)
    services = " ".join(
        dict.fromkeys(shlex.quote(f"{one.service}{end}") for one in names for end in ("", f".{one.domain}"))
    )
    script = (
        f't=nslookup; command -v getent >/dev/null 2>&1 && t="{_GETENT}"; echo "$t"; '
        f'for p in {pods}; do for s in {services}; do echo "{_ASKED}$p.$s"; $t $p.$s 2>&1; echo "{_CODE}$?"; done; done'
    )
    return ("sh", "-c", script)


def parse_answers(output: bytes, names: Sequence[Names]) -> Answers:
    """The answers in the output of `question`. Anything that is no address is skipped: a container writes what it
    likes."""
    lines = output.decode(errors="replace").splitlines()
    tool = next((line for line in lines if line in (_GETENT, _NSLOOKUP)), "")
    asked = {name for one in names for name in (one.short, one.full)}
    found: dict[str, Answer] = {}
    missing_tool = False
    name, block = "", list[str]()
    for line in lines if tool else ():
        if line.startswith(_ASKED):
            name, block = line.removeprefix(_ASKED), []
        elif line.startswith(_CODE) and name:
            code = line.removeprefix(_CODE)
            if code == str(_NOT_FOUND):
                missing_tool = True
            elif name in asked and name not in found:
                found[name] = _answer(tool, block)
            name = ""
        else:
            block.append(line)
    return Answers(found, bool(tool), missing_tool and not found, tool == _GETENT)


def _answer(tool: str, lines: Sequence[str]) -> Answer:
    if tool == _GETENT:
        given = [line.split()[0] for line in lines if line.strip()]
        return Answer(frozenset(filter(None, map(_address, given))))
    named = False
    addresses: set[str] = set()
    for line in lines:
        # The addresses before the first name are those of the server.
        if line.startswith("Name:"):
            named = True
        elif named and (match := _ADDRESS.match(line)):
            addresses.add(_address(match[1]))
    addresses.discard("")
    failed = not addresses and any(words in line.lower() for line in lines for words in _NO_SERVER)
    return Answer(frozenset(addresses), failed)


def _address(text: str) -> str:
    """An IP address in its shortest form; empty for anything else."""
    # A zone index may hold any characters.
    if "%" in text:
        return ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def compare(
    names: Names, published: Sequence[str] | None, answers: Answers, *, own: bool = False, headless: bool = True
) -> Comparison:
    """Judge the answers for an ordinal.

    `published`: the addresses that its EndpointSlices publish now; None where that is not known. `own`: whether the
    names are those of the pod that asked: the kubelet writes its full name into its /etc/hosts, so that an answer to it
    proves nothing about DNS. `headless`: whether the Service is; of another one a DNS server may answer the names of
    pods, as CoreDNS does, or not (kubernetes/dns, specification.md).
    """
    full, short = answers.by_name.get(names.full), answers.by_name.get(names.short)
    if own and answers.reads_hosts:
        full = short
    if full is None or short is None:
        return Comparison(Verdict.UNKNOWN, words="not asked: the command stopped before", advice="ask again")
    got = tuple(sorted(full.addresses | short.addresses))
    if not got and (full.failed or short.failed):
        return Comparison(
            Verdict.FAILED,
            words="the DNS server gave no answer, neither an address nor that there is no such name",
            advice="check the pods of the cluster's DNS (CoreDNS) and NetworkPolicies that block port 53",
        )
    if published is None:
        return Comparison(Verdict.UNKNOWN, got, "the EndpointSlices are not known: nothing to compare with")
    wanted = frozenset(filter(None, map(_address, published if got or headless else ())))
    return _judged(full.addresses, short.addresses, wanted, got)


def _judged(full: frozenset[str], short: frozenset[str], wanted: frozenset[str], got: tuple[str, ...]) -> Comparison:
    if not got:
        if not wanted:
            return Comparison(Verdict.ABSENT)
        return Comparison(
            Verdict.MISSING,
            words=f"no answer, though the EndpointSlice publishes {', '.join(sorted(wanted))}",
            advice="ask again in 30 s: resolvers and CoreDNS cache a negative answer (by default up to 30 s); if it "
            "stays, check CoreDNS",
        )
    if not wanted:
        return Comparison(
            Verdict.UNPUBLISHED,
            got,
            f"answers {', '.join(got)}, though no EndpointSlice publishes the name now",
            "ask again in 30 s: resolvers and CoreDNS cache an answer (by default up to 30 s)",
        )
    if other := frozenset(got) - wanted:
        return Comparison(
            Verdict.STALE,
            got,
            f"answers {', '.join(sorted(other))}, but the EndpointSlice publishes {', '.join(sorted(wanted))}",
            "ask again in 30 s: an old answer is cached; clients may connect to the pod's former address",
        )
    if not short:
        return Comparison(
            Verdict.FULL_ONLY,
            got,
            "only the full name answers: the search domains of the asking pod do not complete the short name",
            "check search in its /etc/resolv.conf, dnsPolicy and dnsConfig; nslookup of BusyBox may ignore search",
        )
    if not full:
        return Comparison(
            Verdict.SHORT_ONLY,
            got,
            "only the short name answers: the cluster's domain is not the one that stsview uses",
            "set --cluster-domain, or cluster_domain in the configuration, to the domain in its /etc/resolv.conf",
        )
    return Comparison(Verdict.AGREES, got)
