"""A user with few permissions: what is read, what the picture says about it, and permissions that change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from stsview.live.access_search import REVIEW_SECONDS
from stsview.live.live import Live
from stsview.live.snapshot import Link, Scope
from stsview.live.target import KubeconfigTarget
from stsview.model.states import Health
from stsview.simulator.apiserver.auth.rbac import VIEW, Rule, User
from stsview.simulator.apiserver.handlers import access_reviews as reviews
from stsview.simulator.apiserver.resources import NAMESPACES
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import ZOOKEEPER
from tests.live.conftest import Rig

EVERYWHERE = {"default", "data", "infra", "mq"}


def applied(cluster: SimulatedCluster) -> None:
    for namespace in EVERYWHERE:
        cluster.apply(ZOOKEEPER, namespace)


ENSEMBLES = Scenario("ensembles", "one in each of several namespaces", (ago(applied, days=1),))

LIST_NAMESPACES = Rule(("list",), ("",), ("namespaces",))


def viewing(*namespaces: str) -> list[Rule]:
    """The ClusterRole `view`, bound in these namespaces."""
    return [Rule(rule.verbs, rule.groups, rule.resources, namespaces=namespaces) for rule in VIEW]


class Narrow:
    """A cluster watched by a user who has only the permissions granted here."""

    def __init__(self, rig: Rig, cluster: SimulatedCluster, reviewed: list[str]) -> None:
        self.rig = rig
        self.cluster = cluster
        self.reviewed = reviewed
        """The namespaces of the access reviews, in order."""

    @property
    def user(self) -> User:
        return self.cluster.server.users["nobody"]

    def grant(self, *rules: Rule) -> None:
        self.user.granted += rules

    def take_away(self) -> None:
        """Revoke all permissions, and cut the connections so that they must be renewed."""
        self.user.granted.clear()
        self.cluster.server.cut_connections()

    def live(self, namespaces: tuple[str, ...] | None = None, home: str = "") -> Live:
        path = self.rig.folder / "narrow"
        self.cluster.server.write_kubeconfig(path, user="nobody")
        content = yaml.safe_load(path.read_text())
        content["contexts"][0]["context"]["namespace"] = home
        path.write_text(yaml.safe_dump(content))
        return Live(KubeconfigTarget(str(path), namespaces=namespaces), clock=self.rig.clock, rng=self.rig.rng())

    @property
    def total(self) -> int:
        return len(self.cluster.storage.list(NAMESPACES))


@pytest.fixture
async def narrow(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Narrow:
    reviewed: list[str] = []
    access = reviews._access

    def count(user: User, spec: dict[str, dict[str, str]]) -> dict[str, object]:
        reviewed.append(spec["resourceAttributes"].get("namespace", ""))
        return access(user, spec)

    monkeypatch.setattr(reviews, "_access", count)
    return Narrow(rig, await rig.cluster(ENSEMBLES), reviewed)


def namespaces_of(live: Live) -> set[str]:
    return {key.namespace for key in live.snapshot.fleet.sets}


def live_with(live: Live, *namespaces: str) -> Callable[[], bool]:
    return lambda: live.snapshot.health.link is Link.LIVE and namespaces_of(live) == set(namespaces)


async def test_readable_namespaces_are_found_and_shown_as_partial(narrow: Narrow) -> None:
    narrow.grant(LIST_NAMESPACES, *viewing("data", "infra"))
    live = narrow.live()
    async with narrow.rig.running(live) as seen:
        await narrow.rig.until(live_with(live, "data", "infra"), "a live picture")
        scope, health = live.snapshot.scope, live.snapshot.health
        assert scope.namespaces == ("data", "infra")
        assert scope.text == f"2 of {narrow.total} namespaces: you may not list statefulsets in all"
        assert sorted(narrow.reviewed) == sorted(set(narrow.reviewed)), "each namespace is asked about once"
        assert len(narrow.reviewed) == narrow.total
        cluster_wide = ("nodes", "persistentvolumes", "storageclasses", "volumeattachments")
        assert [sentence.split()[6] for sentence in health.degraded] == list(cluster_wide)
        views = live.snapshot.fleet.sets.values()
        assert {claim.health for view in views for row in view.ordinals for claim in row.claims} - {Health.UNKNOWN}
        assert all("pods" not in reason for view in views for reason in view.unknown)
        assert not any("all namespaces" in one.scope.text for one in seen if one.fleet.sets)
        assert Link.LIVE not in {one.health.link for one in seen if not one.fleet.sets}, "an empty picture looked whole"


async def test_without_permission_to_list_namespaces_that_of_the_context_is_read(narrow: Narrow) -> None:
    narrow.grant(*viewing("default", "data"))
    live = narrow.live()
    async with narrow.rig.running(live):
        await narrow.rig.until(live_with(live, "default"), "a live picture")
        assert live.snapshot.scope.text == "default: you may not list statefulsets in all namespaces"
        await live.select_namespaces(("data",))
        await narrow.rig.until(live_with(live, "data"), "the namespace that was named")
        assert live.snapshot.scope.text == "data"


async def test_all_readable_namespaces_are_read_unless_all_are_required(narrow: Narrow) -> None:
    narrow.grant(LIST_NAMESPACES, *viewing("data"))
    live = narrow.live(namespaces=())
    async with narrow.rig.running(live):
        refused = "you may not list and watch statefulsets in all namespaces"
        await narrow.rig.until(lambda: refused in live.snapshot.health.degraded, "the refusal")
        assert live.snapshot.scope.text == "all namespaces"
        assert narrow.reviewed == []
        await live.select_namespaces(())
        await narrow.rig.until(live_with(live, "data"), "those that may be read")
        assert live.snapshot.scope.text.startswith("1 of ")
        await live.select_namespaces(("infra",))
        await live.select_namespaces(())
        await narrow.rig.until(live_with(live, "data"), "the readable namespaces again")


@pytest.mark.parametrize("named", [True, False], ids=["namespaces can be listed", "nothing can be listed"])
async def test_a_user_without_access_gets_one_line_until_that_changes(narrow: Narrow, named: bool) -> None:
    if named:
        narrow.grant(LIST_NAMESPACES)
    live = narrow.live(home="data")
    async with narrow.rig.running(live):
        await narrow.rig.until(lambda: bool(live.snapshot.health.degraded), "the refusal in its own namespace")
        await live.select_namespaces(())
        await narrow.rig.until(lambda: bool(live.snapshot.scope.limit), "the end of the search")
        await narrow.rig.pass_time(5)
        snapshot = live.snapshot
        (first, *others) = snapshot.health.degraded
        assert not any("statefulsets" in sentence for sentence in others)
        if named:
            assert first == f"you may not list statefulsets in any of {narrow.total} namespaces: ask for access"
            assert snapshot.scope.text == f"none of {narrow.total} namespaces: you may not list statefulsets in any"
        else:
            assert "or in data, and may not list namespaces: name the namespaces that you may read with -n" in first
            assert snapshot.scope.text == "no namespace: you may not list statefulsets"
        assert snapshot.fleet.sets == {}
        narrow.grant(*viewing("data"))
        await narrow.rig.until(live_with(live, "data"), "the right to be noticed", step=1)


async def test_a_newly_readable_namespace_is_found_in_minutes_or_at_once_on_retry(narrow: Narrow) -> None:
    narrow.grant(LIST_NAMESPACES, *viewing("data"))
    live = narrow.live()
    async with narrow.rig.running(live) as seen:
        await narrow.rig.until(live_with(live, "data"), "a live picture")
        seen.clear()
        narrow.grant(*viewing("infra"))
        asked_at = narrow.rig.clock.monotonic()
        await narrow.rig.until(live_with(live, "data", "infra"), "the second namespace", step=1)
        assert 60 < narrow.rig.clock.monotonic() - asked_at <= REVIEW_SECONDS * 1.5 + 5
        narrow.grant(*viewing("mq"))
        asked_at = narrow.rig.clock.monotonic()
        live.retry()
        await narrow.rig.until(live_with(live, "data", "infra", "mq"), "the third namespace")
        assert narrow.rig.clock.monotonic() - asked_at < 5
        assert {one.health.link for one in seen} == {Link.LIVE}, "the picture stays live meanwhile"
        assert live.snapshot.scope.text.startswith("3 of ")


async def test_permission_for_all_namespaces_is_noticed_and_used(narrow: Narrow) -> None:
    narrow.grant(LIST_NAMESPACES, *viewing("data"))
    live = narrow.live()
    async with narrow.rig.running(live) as seen:
        await narrow.rig.until(live_with(live, "data"), "a live picture")
        seen.clear()
        narrow.grant(*VIEW)
        granted_at = narrow.rig.clock.monotonic()
        await narrow.rig.until(lambda: not live.snapshot.scope.limit, "the whole cluster", step=1)
        assert narrow.rig.clock.monotonic() - granted_at <= 95
        assert live.snapshot.scope.text == "all namespaces"
        await narrow.rig.until(lambda: namespaces_of(live) == EVERYWHERE, "the other namespaces")
        assert all("data" in {key.namespace for key in one.fleet.sets} for one in seen), "nothing is lost on the way"
        assert {one.health.link for one in seen} == {Link.LIVE}
        await narrow.rig.pass_time(100)
        assert not any(stream.namespace for stream in live._streams.health), "one stream for each kind again"  # type: ignore[union-attr]
        admin = narrow.rig.live()
        async with narrow.rig.running(admin):
            await narrow.rig.until(lambda: admin.snapshot.health.link is Link.LIVE, "the administrator's picture")
            assert admin.snapshot.fleet.sets.keys() == live.snapshot.fleet.sets.keys()


async def test_a_namespace_that_becomes_forbidden_is_reported_and_dropped(narrow: Narrow) -> None:
    narrow.grant(LIST_NAMESPACES, *viewing("data", "infra"))
    live = narrow.live()
    async with narrow.rig.running(live):
        await narrow.rig.until(live_with(live, "data", "infra"), "a live picture")
        narrow.take_away()
        narrow.grant(LIST_NAMESPACES, *viewing("data"))
        gone = "you may not list and watch statefulsets in namespace infra"
        await narrow.rig.until(lambda: gone in live.snapshot.health.degraded, "word of it", step=1)
        assert namespaces_of(live) == {"data"}, "what may not be read any more is getting old unseen"
        live.retry()
        await narrow.rig.until(lambda: live.snapshot.scope.namespaces == ("data",), "the scope to be true")
        await narrow.rig.until(live_with(live, "data"), "a live picture of what is left", step=0.5)
        assert not any("infra" in sentence for sentence in live.snapshot.health.degraded)


async def test_losing_cluster_wide_access_leaves_readable_namespaces(narrow: Narrow) -> None:
    narrow.grant(*VIEW)
    live = narrow.live()
    async with narrow.rig.running(live):
        await narrow.rig.until(live_with(live, *EVERYWHERE), "the whole cluster")
        assert narrow.reviewed == [], "nothing is asked where nothing is refused"
        narrow.take_away()
        narrow.grant(LIST_NAMESPACES, *viewing("data"))
        await narrow.rig.until(
            lambda: live.snapshot.scope.namespaces == ("data",), "the search for what is left", step=1
        )
        await narrow.rig.until(live_with(live, "data"), "a live picture of it", step=0.5)


async def test_a_kind_that_is_forbidden_cluster_wide_is_read_where_sets_are(narrow: Narrow) -> None:
    claims = "persistentvolumeclaims"
    narrow.grant(*(Rule(r.verbs, r.groups, tuple(set(r.resources) - {claims})) for r in VIEW))
    narrow.grant(Rule(("list", "watch"), ("",), (claims,), namespaces=("data", "infra")))
    live = narrow.live()
    async with narrow.rig.running(live):
        await narrow.rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        assert live.snapshot.scope.text == "all namespaces"
        sets = live.snapshot.fleet.sets
        for key, view in sets.items():
            healths = {claim.health for row in view.ordinals for claim in row.claims}
            assert (Health.UNKNOWN in healths) is (key.namespace not in ("data", "infra") and bool(healths)), key
        sentence = f"you may not list and watch {claims} in namespaces default and mq"
        assert sentence in live.snapshot.health.degraded
        narrow.grant(Rule(("list", "watch"), ("",), (claims,)))
        await narrow.rig.until(
            lambda: not any(claims in one for one in live.snapshot.health.degraded), "the right to all", step=1
        )
        await narrow.rig.until(
            lambda: (
                not any(
                    claim.health is Health.UNKNOWN
                    for view in live.snapshot.fleet.sets.values()
                    for row in view.ordinals
                    for claim in row.claims
                )
            ),
            "every claim",
        )


async def test_many_namespaces_are_reviewed_in_turns(narrow: Narrow) -> None:
    for number in range(110):
        narrow.cluster.storage.create(NAMESPACES, {"metadata": {"name": f"aa-{number:03}"}}, manager="kubectl")
    narrow.grant(LIST_NAMESPACES, *viewing("infra"))
    live = narrow.live(home="nowhere")
    async with narrow.rig.running(live):
        await narrow.rig.until(lambda: bool(live.snapshot.health.degraded), "the refusal in its own namespace")
        await live.select_namespaces(())
        await narrow.rig.until(lambda: bool(live.snapshot.scope.limit), "the first look")
        assert len(narrow.reviewed) == 50
        assert live.snapshot.health.degraded[0] == (
            f"you may not list statefulsets in any of the 50 checked so far of {narrow.total} namespaces: "
            "ask for access"
        )
        await narrow.rig.until(live_with(live, "infra"), "the namespace at the end", step=1)
        assert len(set(narrow.reviewed)) == narrow.total < len(narrow.reviewed) <= 150
        assert live.snapshot.scope.text == f"1 of {narrow.total} namespaces: you may not list statefulsets in all"


async def test_a_polled_kind_makes_a_polled_picture(narrow: Narrow) -> None:
    narrow.grant(*VIEW)
    narrow.user.denied.append(Rule(("watch",), ("",), ("pods",)))
    live = narrow.live()
    async with narrow.rig.running(live) as seen:
        await narrow.rig.until(lambda: live.snapshot.health.link is Link.POLLED, "a picture that is polled")
        health = live.snapshot.health
        assert (health.polled, health.poll_seconds) == (("pods",), 30.0)
        assert namespaces_of(live) == EVERYWHERE
        assert all("pods" not in reason for view in live.snapshot.fleet.sets.values() for reason in view.unknown)
        seen.clear()
        await narrow.rig.pass_time(70)
        assert {one.health.link for one in seen} == {Link.POLLED}
        ages = [(one.now - one.health.since).total_seconds() for one in seen if one.health.since is not None]
        assert max(ages) <= 35
        narrow.user.denied.clear()
        await narrow.rig.until(lambda: live.snapshot.health.link is Link.LIVE, "the right to watch", step=1)
        assert live.snapshot.health.polled == ()


def test_the_text_of_a_scope() -> None:
    assert Scope("a").text == "all namespaces"
    assert Scope("a", namespaces=("data", "infra")).text == "data, infra"
