"""Known faults of a long-running client, one test each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.chaos import answers, connections, logins, objects, time_of_day
from tests.chaos.scene import Scene

Fault = Callable[[Scene], Awaitable[None]]

FAULTS: dict[str, Fault] = {
    "refused at the start": connections.refused_at_the_start,
    "refused before the first list": connections.refused_before_the_first_list,
    "refused while watching": connections.refused_later,
    "connection cut within an event": connections.cut_within_an_event,
    "half-open connections": connections.half_open,
    "half-open watches": connections.half_open_watches,
    "watch ends within a line": connections.cut_within_a_line,
    "HTML from a proxy with 200": answers.web_page_with_200,
    "HTML from a proxy with 502": answers.web_page_with_502,
    "401 without a renewable token": logins.token_that_is_not_renewed,
    "401 with a renewable token": logins.token_that_is_renewed,
    "exec plugin that hangs": logins.plugin_that_hangs,
    "exec plugin that fails": logins.plugin_that_exits_with_an_error,
    "exec plugin that fails at the start": logins.plugin_that_fails_at_the_start,
    "exec plugin that prints garbage": logins.plugin_that_prints_garbage,
    "exec plugin that floods stderr": logins.plugin_that_floods_stderr,
    "403 from the start": answers.forbidden_from_the_start,
    "403 while watching": answers.forbidden_later,
    "403 after an outage": answers.forbidden_after_an_outage,
    "404 on a kind": answers.absent_kind,
    "410 in HTTP": answers.gone_over_http,
    "410 in the stream": answers.gone_in_the_stream,
    "storms of 410": answers.storms_of_gone,
    "429 with Retry-After": answers.too_many_requests,
    "500 for a minute": answers.failing_for_a_minute,
    "API server restarted with an older resourceVersion": connections.older_resource_version,
    "an event of 5 MB": objects.event_of_five_megabytes,
    "one malformed object": objects.one_malformed_object,
    "nulls and unknown fields everywhere": objects.nulls_and_unknown_fields_everywhere,
    "a continue token that loops": objects.continue_tokens_that_loop,
    "duplicate events": objects.duplicate_events,
    "an object recreated between two lists": objects.recreated_between_two_lists,
    "local clock wrong by an hour": time_of_day.clock_wrong_by_an_hour,
    "machine suspended for an hour": time_of_day.suspended_for_an_hour,
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_the_screen_shows_the_fault_and_the_model_recovers(fault: Fault, scene: Scene) -> None:
    await fault(scene)
    await scene.expect_recovery()
