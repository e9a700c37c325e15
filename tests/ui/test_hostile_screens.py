"""Hostile names in a cluster: no screen crashes, sends a control character, or becomes a link."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from textual import events
from textual.app import App

from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.states import ClaimStatus, DnsStatus, Health, PodKind, ServiceStatus
from stsview.model.views import (
    ClaimView,
    DnsView,
    OrdinalView,
    Place,
    PodState,
    RolloutView,
    ServiceView,
    SetView,
    Severity,
    Wait,
    WaitReason,
    WarningView,
)
from stsview.objects.log_messages import ContainerRun, LogRequest, LogTail
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.set.set_screen import SetScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, ago, fleet_of, healthy
from tests.support.ui.hostile import ESCAPES, HUGE, INVISIBLE, MARKUP, WIDE, harmful, texts
from tests.support.ui.stage import screen_strips, wait_for

TONES = st.sampled_from(list(Health))
SEVERITIES = st.sampled_from(list(Severity))
INSTANTS = st.sampled_from([None, NOW, ago(days=500), ago(seconds=-100)])
SIZES = st.sampled_from([None, 0, 1, 10**12, 2**63])
TEXTS = texts()


def claims() -> st.SearchStrategy[tuple[ClaimView, ...]]:
    claim = st.builds(
        ClaimView,
        TEXTS,
        TEXTS,
        st.sampled_from(ClaimStatus),
        TONES,
        uid=TEXTS,
        size=SIZES,
        requested=SIZES,
        storage_class=st.none() | TEXTS,
        access_modes=st.lists(TEXTS, max_size=2).map(tuple),
        volume=TEXTS,
        since=INSTANTS,
    )
    return st.lists(claim, max_size=3).map(tuple)


def ordinals() -> st.SearchStrategy[OrdinalView]:
    return st.builds(
        OrdinalView,
        ordinal=st.integers(0, 10**9),
        name=TEXTS,
        place=st.sampled_from(list(Place)),
        state=st.builds(PodState, TEXTS, TONES, INSTANTS, TEXTS, INSTANTS, st.sampled_from(PodKind)),
        uid=st.none() | TEXTS,
        ready=st.booleans(),
        available=st.booleans(),
        revision=TEXTS,
        at_update=st.sampled_from([None, True, False]),
        next=st.booleans(),
        node=TEXTS,
        pod_ip=TEXTS,
        role=TEXTS,
        restarts=st.integers(0, 10**9),
        claims=claims(),
        dns=st.builds(DnsView, TEXTS, st.sampled_from(DnsStatus), TONES, TEXTS),
    )


def waits() -> st.SearchStrategy[Wait]:
    return st.builds(
        Wait,
        st.sampled_from(list(WaitReason)),
        TEXTS,
        TEXTS,
        st.none() | st.integers(0, 3),
        INSTANTS,
        SEVERITIES,
        TEXTS,
        TEXTS,
    )


def views() -> st.SearchStrategy[SetView]:
    rollout = st.builds(
        RolloutView,
        TEXTS,
        st.integers(0, 9),
        TEXTS,
        TEXTS,
        st.booleans(),
        st.booleans(),
        st.integers(0, 9),
        st.integers(0, 9),
        TEXTS,
        INSTANTS,
    )
    return st.builds(
        SetView,
        key=st.builds(Key, TEXTS, TEXTS),
        uid=TEXTS,
        severity=SEVERITIES,
        severity_since=INSTANTS,
        replicas=st.integers(0, 10**6),
        start=st.integers(0, 9),
        ready=st.integers(0, 10**6),
        available=st.integers(0, 9),
        policy=TEXTS,
        min_ready_seconds=st.integers(0, 10**6),
        when_scaled=TEXTS,
        when_deleted=TEXTS,
        ordinals=st.lists(ordinals(), max_size=3).map(tuple),
        rollout=rollout,
        wait=waits(),
        service=st.builds(ServiceView, TEXTS, st.sampled_from(ServiceStatus), TONES),
        claims_bound=st.integers(0, 10**6),
        claims_expected=st.integers(0, 10**6),
        claims_bytes=st.integers(0, 2**70),
        labels=st.dictionaries(TEXTS, TEXTS, max_size=2),
        created=INSTANTS,
        images=st.lists(TEXTS, max_size=2).map(tuple),
        unknown=st.lists(TEXTS, max_size=2).map(tuple),
        why=waits(),
    )


HEALTHS = st.builds(
    PictureHealth,
    st.sampled_from(list(Link)),
    INSTANTS,
    INSTANTS,
    TEXTS,
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.lists(TEXTS, max_size=3).map(tuple),
    st.integers(0, 10**9),
)
SCOPES = st.builds(Scope, TEXTS, TEXTS, st.lists(TEXTS, max_size=3).map(tuple))


def assert_harmless(app: App[Any]) -> None:
    strips = screen_strips(app)
    lines = [strip.text for strip in strips]
    assert not harmful("".join(lines)), lines
    for strip in strips:
        for segment in strip:
            style = segment.style
            assert style is None or style.link is None
            assert style is None or "@click" not in style.meta


async def look_at_everything(driver: Driver, view: SetView) -> None:
    """Every screen and dialog that shows text from the cluster."""
    app, fleet = driver.app, driver.fleet
    assert_harmless(app)
    fleet.bar.set_text(view.name[:80])
    await driver.settle()
    assert_harmless(app)
    fleet.bar.set_text("")
    await driver.settle()
    for key in ("N", "C", "c", "question_mark", "colon"):
        await driver.press(key)
        assert_harmless(app)
        if app.screen is not fleet:
            await driver.pilot.press("escape")
            await wait_for(driver.pilot, lambda: app.screen is fleet, f"{key} is closed again")
    fleet.post_message(FleetScreen.Opened(view.key))
    await wait_for(driver.pilot, lambda: isinstance(app.screen, SetScreen), "the set is open")
    await driver.settle()
    assert_harmless(app)
    for _ in view.ordinals[:3]:
        await driver.press("tab", "j")
        assert_harmless(app)
    # The steps of its findings, the list of findings, and an explanation.
    for key in ("t", "escape", "f", "w", "escape", "escape") if view.findings else ():
        await driver.press(key)
        assert_harmless(app)
    await wait_for(driver.pilot, lambda: isinstance(app.screen, SetScreen), "the set is on top again")
    await driver.press("c")
    assert_harmless(app)
    if not isinstance(app.screen, SetScreen):
        await driver.pilot.press("enter")
        await wait_for(driver.pilot, lambda: isinstance(app.screen, SetScreen), "copied")
        await driver.settle()
        assert_harmless(app)
    driver.source.show(remove=[view.key])
    await driver.settle()
    assert_harmless(app)


@given(
    fleet=st.lists(views(), min_size=1, max_size=12, unique_by=lambda view: view.key),
    health=HEALTHS,
    scope=SCOPES,
    size=st.sampled_from([(80, 24), (150, 40), (30, 12)]),
    names=st.lists(TEXTS, max_size=5).map(tuple),
)
@settings(
    max_examples=2,
    deadline=None,
    # Each example is a whole app: shrinking takes minutes and adds little to the printed screen.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
async def test_any_fleet(
    fleet: list[SetView], health: PictureHealth, scope: Scope, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    source = FakeSource(fleet_of(*fleet), health=health, scope=scope, cluster_namespaces=names, cluster_contexts=names)
    async with driving(source, size) as driver:
        await look_at_everything(driver, fleet[0])


def poisoned_ordinal(text: str, number: int) -> OrdinalView:
    claim = ClaimView(text, text, ClaimStatus.PENDING, Health.WARNING, text, 5, 6, text, (text,), text)
    return replace(
        healthy("a", "b", 1).ordinals[0],
        ordinal=number,
        name=f"{text}{number}",
        state=PodState(text, Health.DEGRADED, NOW, text, NOW),
        revision=text,
        node=text,
        pod_ip=text,
        role=text,
        claims=(claim, claim),
        dns=DnsView(text, DnsStatus.NOT_READY, Health.DEGRADED, text),
    )


def poisoned_set(text: str, rows: tuple[OrdinalView, ...]) -> SetView:
    """The same text in every field."""
    wait = Wait(WaitReason.FAILED, text, text, 0, ago(minutes=1), Severity.STUCK, text, text)
    command = shlex.join(["kubectl", "-n", text, "logs", rows[0].name, "-c", text, "--previous"])
    finding = Finding(
        "crash-loop",
        Level.ERROR,
        Ref("StatefulSet", text, text),
        text,
        NOW,
        (Evidence(text, text, text),),
        remedies=(Remedy(text, Danger.LOSS, command=command), Remedy(text, Danger.READ_ONLY)),
        so=text,
    )
    return replace(
        healthy("a", "b", 2),
        key=Key(text, text),
        severity=Severity.STUCK,
        policy=text,
        ordinals=rows,
        rollout=RolloutView(text, 1, text, text + "x", True, False, 1, 2, text, NOW),
        wait=wait,
        why=replace(wait, detail=text + "!"),
        service=ServiceView(text, ServiceStatus.MISSING, Health.DEGRADED),
        images=(text,),
        unknown=(text,),
        findings=(replace(finding, below=(finding,)),),
        warnings=(WarningView("StatefulSet", text, text, text + "!", NOW, 3),),
    )


@pytest.mark.parametrize("attacks", [MARKUP, ESCAPES, INVISIBLE + WIDE, HUGE], ids=lambda texts: ascii(texts[0][:12]))
async def test_known_attacks_in_every_field(attacks: tuple[str, ...]) -> None:
    rows = tuple(poisoned_ordinal(text, number) for number, text in enumerate(attacks))
    views = [poisoned_set(text, rows) for text in attacks]
    health = PictureHealth(Link.DISCONNECTED, NOW, problem=attacks[0], degraded=attacks, malformed=3)
    source = FakeSource(
        fleet_of(*views),
        health=health,
        scope=Scope(attacks[0], attacks[1], attacks),
        cluster_namespaces=attacks,
        cluster_contexts=attacks,
    )
    source.refuse_namespaces = RuntimeError(attacks[-1])
    run = ContainerRun(LogRequest("", ""), "", 0)
    source.log_tails = {row.name: LogTail(run, attacks, read=True) for row in rows}
    async with driving(source, (150, 60)) as driver:
        await look_at_everything(driver, views[1])


async def test_known_attacks_on_empty_screens() -> None:
    attack = " ".join((*MARKUP, *ESCAPES, *INVISIBLE, *HUGE))
    source = FakeSource(fleet_of(), scope=Scope(attack, attack, (attack,)))
    async with driving(source, wait=False) as driver:
        for link in Link:
            health = PictureHealth(link, NOW, problem=attack, degraded=(attack,))
            await wait_for(driver.pilot, lambda: source.running, "the source is read")
            source.set_health(health)
            await driver.settle()
            assert driver.app.latest().health == health
            assert_harmless(driver.app)


async def test_pasted_text_is_made_safe() -> None:
    async with driving() as driver:
        for key in ("slash", "N", "colon"):
            await driver.press(key)
            driver.app.post_message(events.Paste("kaf\x1b]52;c;cm0gLXJm\x07ka [red]"))
            await driver.sees("kaf␛]52;c;cm0gLXJm␇ka [red]")
            assert_harmless(driver.app)
            await driver.press("escape")
            await driver.sees_no("kaf␛]52")
