"""Error answers of the server, or of a proxy in front of it."""

from __future__ import annotations

from stsview.model.states import Health
from stsview.objects.kinds import WATCHED
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.chaos.fresh import watched_kinds
from tests.chaos.scene import Scene

CLAIMS = "persistentvolumeclaims"


async def proxy_page(scene: Scene, code: int, problem: str) -> None:
    await scene.start_live()
    scene.faults.proxy_page_status = code
    scene.server.cut_connections()
    scene.scale(4)
    await scene.expect("○ disconnected", problem)
    await scene.advance(30)
    await scene.expect(r"next try in \d+ s", problem, "3/3")
    scene.faults.clear()


async def web_page_with_200(scene: Scene) -> None:
    await proxy_page(scene, 200, "is not a Kubernetes API: check the address")


async def web_page_with_502(scene: Scene) -> None:
    await proxy_page(scene, 502, r"failed \(502\): a web page, probably from a proxy")


async def forbidden_from_the_start(scene: Scene) -> None:
    refusal = Refusal(403, plural=CLAIMS)
    scene.faults.refusals.append(refusal)
    await scene.start_cluster()
    await scene.start_stsview()
    await scene.expect(
        f"▲ no access: {CLAIMS}   ● live", f"▲ you may not list and watch {CLAIMS}", r"zookeeper .* 3/3 .* \?/3 "
    )
    assert {claim.health for fault in scene.view.ordinals for claim in fault.claims} == {Health.UNKNOWN}
    scene.scale(4)
    await scene.expect(f"▲ no access: {CLAIMS}   ● live", "", "4/4")
    scene.faults.refusals.remove(refusal)


async def forbidden_later(scene: Scene) -> None:
    await scene.start_live()
    denied = Rule(("*",), ("",), (CLAIMS,))
    scene.server.users["admin"].denied.append(denied)
    await scene.advance(10)
    assert not scene.has_shown("no access"), "an open watch continues"
    scene.server.cut_connections()
    await scene.expect("○ disconnected", f"{CLAIMS} is forbidden")
    refused = len(scene.shown)
    await scene.expect(
        f"▲ no access: {CLAIMS}   ● live", f"▲ you may not list and watch {CLAIMS}", r"zookeeper .* 3/3 .* \?/3 "
    )
    scene.scale(4)
    await scene.expect(f"▲ no access: {CLAIMS}   ● live", "", "4/4")
    assert all("no access" in one.head for one in scene.shown[refused:] if "● live" in one.head), (
        "retries do not look live"
    )
    scene.server.users["admin"].denied.remove(denied)


async def forbidden_after_an_outage(scene: Scene) -> None:
    """A denial is an answer: the picture is live again, without the kind, as soon as the server is back."""
    await scene.start_live()
    denied = Rule(("*",), ("",), ("nodes",))
    scene.server.users["admin"].denied.append(denied)
    await scene.server.stop_listening()
    scene.scale(4)
    await scene.advance(45)
    await scene.expect("○ disconnected", "refused")
    await scene.server.listen_again()
    back = scene.clock.monotonic()
    await scene.expect("▲ no access: nodes   ● live", "", "4/4")
    assert scene.clock.monotonic() - back <= 5
    scene.server.users["admin"].denied.remove(denied)


async def absent_kind(scene: Scene) -> None:
    refusal = Refusal(404, plural="poddisruptionbudgets")
    scene.faults.refusals.append(refusal)
    await scene.start_cluster()
    await scene.start_stsview()
    await scene.expect(
        "▲ 1 kind not read   ● live",
        r"▲ this cluster does not have poddisruptionbudgets \(policy/v1\)",
        "zookeeper .* 3/3",
    )
    scene.scale(4)
    await scene.expect("▲ 1 kind not read   ● live", "", "4/4")
    scene.faults.refusals.remove(refusal)


async def gone_over_http(scene: Scene) -> None:
    await scene.start_live()
    refusal = Refusal(410, verbs=("watch",), times=len(watched_kinds(scene.live)))
    scene.faults.refusals.append(refusal)
    scene.server.cut_connections()
    scene.scale(4)
    await scene.expect("○ disconnected", "the connection to .* was lost")
    await scene.expect("● live", "^$", "4/4")
    assert refusal.times == 0


async def gone_in_the_stream(scene: Scene) -> None:
    await scene.start_live()
    scene.scale(4)
    scene.server.expire_watches()
    await scene.expect("● live", "", "4/4")
    assert not scene.has_shown("disconnected"), "an immediate new list is not shown"


async def storms_of_gone(scene: Scene) -> None:
    await scene.start_live()
    for second in range(60):
        scene.server.expire_watches()
        if second == 30:
            scene.scale(4, within=60)
        await scene.advance(1)
    assert scene.has_shown("○ disconnected", "too old resource version")
    assert scene.live._streams is not None
    assert max(stream.reconnects for stream in scene.live._streams.health) < 15, "the reflector backs off"


async def too_many_requests(scene: Scene) -> None:
    await scene.start_live()
    refusal = Refusal(429, verbs=("list", "watch"), times=2 * len(WATCHED), retry_after=17)
    scene.faults.refusals.append(refusal)
    scene.server.cut_connections()
    scene.scale(4)
    await scene.advance(2)
    await scene.expect("○ disconnected .*next try in 1[4-7] s", r"limits the request rate \(429\)", "3/3")
    left = refusal.times
    await scene.advance(12)
    assert refusal.times == left, "no request before Retry-After"


async def failing_for_a_minute(scene: Scene) -> None:
    await scene.start_live()
    scene.faults.refusals.append(Refusal(500))
    scene.server.cut_connections()
    scene.scale(4)
    await scene.advance(60)
    await scene.expect(r"○ disconnected \d+ s, next try in", r"Data is (up to )?\d+ s old · .* failed \(500\)", "3/3")
    scene.faults.clear()
