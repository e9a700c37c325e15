"""SelfSubjectAccessReviews over real HTTP."""

from __future__ import annotations

import json

import msgspec
import pytest

from stsview.clock import ManualClock
from stsview.cluster.access_review import is_allowed
from stsview.cluster.config import Credentials, Impersonation
from stsview.cluster.errors import Forbidden, NotKubernetes
from stsview.cluster.http.session import Session
from stsview.objects.kinds import PODS, STATEFULSETS
from stsview.simulator.apiserver.auth.rbac import VIEW, Rule
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Server, answer, refuse


async def test_each_review_is_for_its_verb_kind_and_namespace(clock: ManualClock) -> None:
    api = ApiServer(Storage(clock), clock)
    user = api.users["nobody"]
    user.granted += [Rule(("list",), ("apps",), ("statefulsets",), namespaces=("data",))]
    await api.start()
    session = Session(config_for(api.url, credentials=Credentials(token=user.token)), clock)
    assert await is_allowed(session, "list", STATEFULSETS, "data")
    assert not await is_allowed(session, "watch", STATEFULSETS, "data")
    assert not await is_allowed(session, "list", PODS, "data")
    assert not await is_allowed(session, "list", STATEFULSETS, "infra")
    assert not await is_allowed(session, "list", STATEFULSETS)
    user.granted += VIEW
    assert await is_allowed(session, "list", STATEFULSETS)
    await session.close()
    await api.stop()


async def test_the_review_is_sent_as_the_impersonated_user(server: Server, clock: ManualClock) -> None:
    credentials = Credentials(token="secret", impersonation=Impersonation("jane"))
    session = Session(config_for(server.url, credentials=credentials), clock)
    server.then(answer({"kind": "SelfSubjectAccessReview", "status": {"allowed": True}}, 201))
    assert await is_allowed(session, "list", STATEFULSETS, "data")
    seen = server.seen[0]
    assert (seen.method, seen.path) == ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
    assert seen.headers["Impersonate-User"] == "jane"
    assert seen.headers["Authorization"] == "Bearer secret"
    requested = json.loads(seen.body)
    assert requested["spec"] == {
        "resourceAttributes": {"verb": "list", "group": "apps", "resource": "statefulsets", "namespace": "data"}
    }
    await session.close()


async def test_an_unusable_answer_raises(server: Server, session: Session) -> None:
    server.then(refuse(403, "Forbidden", "no reviews"), answer({"status": {}}, 201))
    with pytest.raises(Forbidden, match="no reviews"):
        await is_allowed(session, "list", PODS)
    with pytest.raises(NotKubernetes):
        await is_allowed(session, "list", PODS)


async def test_only_reviews_can_be_posted(server: Server, session: Session) -> None:
    with pytest.raises(ValueError, match="is not a review API"):
        await session.post_review("/api/v1/namespaces/default/pods", {}, msgspec.json.Decoder(object))
    assert server.seen == []
