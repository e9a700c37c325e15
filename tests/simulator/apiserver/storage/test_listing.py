"""Pages of a list: consistent, however much is written in between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CONFIG_MAPS, NAMESPACES
from stsview.simulator.apiserver.storage.listing import page
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import config_map


def _fill(storage: Storage, count: int) -> None:
    for number in range(count):
        storage.create(CONFIG_MAPS, config_map(f"m{number}", labels={"even": str(number % 2 == 0)}))


def _names(storage: Storage, query: dict[str, str], namespace: str = "default") -> tuple[list[str], str]:
    found = page(storage, CONFIG_MAPS, namespace, None, query)
    return [one["metadata"]["name"] for one in found.objects], found.next_token


def test_pages_have_tokens_and_remaining_counts(storage: Storage) -> None:
    _fill(storage, 5)
    first = page(storage, CONFIG_MAPS, "default", None, {"limit": "2"})
    assert (len(first.objects), first.remaining) == (2, 3)
    second = page(storage, CONFIG_MAPS, "default", None, {"limit": "2", "continue": first.next_token})
    third = page(storage, CONFIG_MAPS, "default", None, {"limit": "2", "continue": second.next_token})
    assert (len(third.objects), third.next_token, third.remaining) == (1, "", None)
    assert first.rv == second.rv == third.rv


def test_selected_pages_have_no_remaining_count(storage: Storage) -> None:
    _fill(storage, 5)
    found = page(storage, CONFIG_MAPS, "default", lambda one: True, {"limit": "2"})
    assert found.next_token
    assert found.remaining is None


def test_pages_over_all_namespaces_continue_at_the_last_object(storage: Storage) -> None:
    storage.create(NAMESPACES, {"metadata": {"name": "another"}})
    _fill(storage, 2)
    storage.create(CONFIG_MAPS, config_map("z", namespace="another"))
    seen: list[str] = []
    token = ""
    while True:
        names, token = _names(storage, {"limit": "1", "continue": token}, namespace="")
        seen += names
        if not token:
            break
    assert seen == ["z", "m0", "m1"]


@given(st.lists(st.tuples(st.sampled_from(["create", "change", "delete"]), st.integers(0, 9)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_later_pages_show_the_first_pages_version(writes: list[tuple[str, int]]) -> None:
    storage = Storage(ManualClock())
    _fill(storage, 6)
    before = storage.list(CONFIG_MAPS, "default")
    first = page(storage, CONFIG_MAPS, "default", None, {"limit": "2"})
    for write, number in writes:
        name = f"m{number}"
        try:
            if write == "create":
                storage.create(CONFIG_MAPS, config_map(name))
            elif write == "change":
                storage.modify(
                    CONFIG_MAPS, "default", name, lambda one: one["data"].update(x=one["data"].get("x", "") + "y")
                )
            else:
                storage.delete(CONFIG_MAPS, "default", name)
        except ApiError:
            continue
    rest = page(storage, CONFIG_MAPS, "default", None, {"continue": first.next_token})
    assert first.objects + rest.objects == before


def test_a_compacted_token_is_expired_and_returns_a_new_one(storage: Storage) -> None:
    _fill(storage, 3)
    first = page(storage, CONFIG_MAPS, "default", None, {"limit": "1"})
    storage.create(CONFIG_MAPS, config_map("m9"))
    storage.compact()
    with pytest.raises(ApiError) as expired:
        page(storage, CONFIG_MAPS, "default", None, {"continue": first.next_token})
    assert (expired.value.code, expired.value.reason) == (410, "Expired")
    fresh = expired.value.status["metadata"]["continue"]
    names, _ = _names(storage, {"continue": fresh})
    assert names == ["m1", "m2", "m9"]


def test_only_exact_lists_return_past_versions(storage: Storage) -> None:
    _fill(storage, 1)
    then = str(storage.resource_version)
    _fill_more = config_map("later")
    storage.create(CONFIG_MAPS, _fill_more)
    assert _names(storage, {"resourceVersion": then, "resourceVersionMatch": "Exact"})[0] == ["m0"]
    assert _names(storage, {"resourceVersion": then})[0] == ["later", "m0"]
    assert _names(storage, {"resourceVersion": "0"})[0] == ["later", "m0"]
    # a limit with a version and no match means exactly that version
    assert _names(storage, {"resourceVersion": then, "limit": "5"})[0] == ["m0"]


@pytest.mark.parametrize("token", ["%%%", "eyJ4IjoxfQ", ""])
def test_an_invalid_token_is_a_bad_request(storage: Storage, token: str) -> None:
    if not token:
        assert _names(storage, {"continue": ""})[0] == []
        return
    with pytest.raises(ApiError) as refused:
        page(storage, CONFIG_MAPS, "default", None, {"continue": token})
    assert refused.value.code == 400


def test_an_invalid_limit_is_a_bad_request(storage: Storage) -> None:
    with pytest.raises(ApiError) as refused:
        page(storage, CONFIG_MAPS, "default", None, {"limit": "many"})
    assert refused.value.code == 400
