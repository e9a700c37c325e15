"""What resolvers write about a set's names, and how that compares with the EndpointSlices."""

from __future__ import annotations

import subprocess

import pytest

from stsview.model.related.dns_answers import Answer, Answers, Names, Verdict, compare, parse_answers, question

NAMES = Names("web-0", "web", "default.svc.cluster.local")
FULL = "web-0.web.default.svc.cluster.local"
ADDRESS = "10.244.1.5"

GLIBC = f"{ADDRESS:<15} {FULL}"
BIND = f"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\t{FULL}\nAddress: {ADDRESS}\n"
BIND_NO = f"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find {FULL}: NXDOMAIN\n"
BUSYBOX = f"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\t{FULL}\nAddress: {ADDRESS}\n\n"
BUSYBOX_OLD = (
    f"Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system\n\nName:      x\nAddress 1: {ADDRESS} x\n"
)
BUSYBOX_OLD_NO = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns\n\nnslookup: can't resolve 'x'\n"
TIMEOUT = ";; connection timed out; no servers could be reached\n"


def written(tool: str, short: str, full: str, code: int = 0) -> bytes:
    blocks = "".join(f"? {name}\n{text}\n= {code}\n" for name, text in ((NAMES.short, short), (NAMES.full, full)))
    return f"{tool}\n{blocks}".encode()


@pytest.mark.parametrize(
    ("tool", "text", "answer"),
    [
        ("getent hosts", GLIBC, Answer(frozenset({ADDRESS}))),
        ("getent hosts", f"2001:0db8::1    {FULL} web-0", Answer(frozenset({"2001:db8::1"}))),
        ("getent hosts", f"::ffff:{ADDRESS} {FULL}", Answer(frozenset({ADDRESS}))),
        ("getent hosts", "", Answer()),
        ("nslookup", BIND, Answer(frozenset({ADDRESS}))),
        ("nslookup", BUSYBOX, Answer(frozenset({ADDRESS}))),
        ("nslookup", BUSYBOX_OLD, Answer(frozenset({ADDRESS}))),
        ("nslookup", f"{BUSYBOX}\nName:\t{FULL}\nAddress: 2001:db8::1\n", Answer(frozenset({ADDRESS, "2001:db8::1"}))),
        ("nslookup", BIND_NO, Answer()),
        ("nslookup", BUSYBOX_OLD_NO, Answer()),
        ("nslookup", TIMEOUT, Answer(failed=True)),
        ("nslookup", f"** server can't find {FULL}: SERVFAIL", Answer(failed=True)),
        # Nothing that a container writes gets further than an address.
        ("getent hosts", "\x1b[2J owned\nfe80::1%\x1b[31m x\n999.1.1.1 x\n" + "A" * 100_000, Answer()),
        ("nslookup", "Name: \x1b]0;x\x07\nAddress: \x1b[31m\nAddress 1: 10.0.0.1%x", Answer()),
    ],
)
def test_the_answer_of_each_tool(tool: str, text: str, answer: Answer) -> None:
    found = parse_answers(written(tool, text, text), [NAMES])
    assert (found.by_name, found.started, found.no_tool) == ({NAMES.short: answer, NAMES.full: answer}, True, False)


@pytest.mark.parametrize("output", [b"", b"\xff\xfe\x00", b"OCI runtime exec failed: exec: sh\n", b"? x\n= 0\n"])
def test_output_of_something_else_is_no_answer(output: bytes) -> None:
    assert parse_answers(output, [NAMES]) == Answers({}, started=False)


def test_what_ended_before_or_was_not_asked_is_no_answer() -> None:
    assert parse_answers(b"nslookup\n? web-0.web\nsh: nslookup: not found\n= 127\n", [NAMES]).no_tool
    cut = written("getent hosts", GLIBC, GLIBC).rpartition(b"=")[0]
    assert list(parse_answers(cut, [NAMES]).by_name) == [NAMES.short]
    assert not parse_answers(b"getent hosts\n? evil.example\n10.0.0.1 x\n= 0\n", [NAMES]).by_name
    twice = written("getent hosts", GLIBC, GLIBC) + f"? {FULL}\n10.6.6.6 x\n= 0\n".encode()
    assert parse_answers(twice, [NAMES]).by_name[FULL] == Answer(frozenset({ADDRESS})), "the first one counts"


NO, OTHER = "", f"10.9.9.9 {FULL}"


@pytest.mark.parametrize(
    ("short", "full", "published", "verdict"),
    [
        (GLIBC, GLIBC, (ADDRESS,), Verdict.AGREES),
        # getent answers with one family.
        (GLIBC, GLIBC, (ADDRESS, "2001:DB8:0::1"), Verdict.AGREES),
        (NO, NO, (), Verdict.ABSENT),
        (NO, NO, (ADDRESS,), Verdict.MISSING),
        (OTHER, OTHER, (ADDRESS,), Verdict.STALE),
        (GLIBC, f"{GLIBC}\n{OTHER}", (ADDRESS,), Verdict.STALE),
        (GLIBC, GLIBC, (), Verdict.UNPUBLISHED),
        (GLIBC, NO, (ADDRESS,), Verdict.SHORT_ONLY),
        (NO, GLIBC, (ADDRESS,), Verdict.FULL_ONLY),
        (GLIBC, GLIBC, None, Verdict.UNKNOWN),
        (NO, NO, None, Verdict.UNKNOWN),
    ],
)
def test_each_difference_has_a_verdict(
    short: str, full: str, published: tuple[str, ...] | None, verdict: Verdict
) -> None:
    found = compare(NAMES, published, parse_answers(written("getent hosts", short, full), [NAMES]))
    assert found.verdict is verdict
    assert bool(found.words) is not verdict.good


def test_the_own_name_in_etc_hosts_proves_nothing() -> None:
    answers = parse_answers(written("getent hosts", NO, GLIBC), [NAMES])
    assert compare(NAMES, (ADDRESS,), answers, own=True).verdict is Verdict.MISSING
    assert compare(NAMES, (), answers, own=True).verdict is Verdict.ABSENT
    asked_dns = parse_answers(written("nslookup", BIND_NO, BIND), [NAMES])
    assert compare(NAMES, (ADDRESS,), asked_dns, own=True).verdict is Verdict.FULL_ONLY


def test_no_answer_of_a_server_is_not_that_there_is_no_such_name() -> None:
    answers = parse_answers(written("nslookup", TIMEOUT, TIMEOUT, 1), [NAMES])
    assert compare(NAMES, (ADDRESS,), answers).verdict is Verdict.FAILED
    assert compare(NAMES, (), answers).verdict is Verdict.FAILED


def test_a_service_with_a_cluster_ip_need_not_answer() -> None:
    answers = parse_answers(written("getent hosts", NO, NO), [NAMES])
    assert compare(NAMES, (ADDRESS,), answers, headless=False).verdict is Verdict.ABSENT


def test_a_real_shell_runs_the_command() -> None:
    local = Names("local$(x)host", "a b", "c")
    done = subprocess.run(question([local, NAMES]), capture_output=True, check=False, timeout=60)
    found = parse_answers(done.stdout, [local, NAMES])
    assert (found.started, done.stderr) == (True, b"")
