"""Everything that is known to happen to a long-running client, one row each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.chaos import answers, connections, logins, objects, time_of_day
from tests.chaos.scene import Scene

Row = Callable[[Scene], Awaitable[None]]

ROWS: dict[str, Row] = {
    "refused at the start": connections.refused_at_the_start,
    "refused before the first list": connections.refused_before_the_first_list,
    "refused later": connections.refused_later,
    "cut in a frame": connections.cut_in_a_frame,
    "half-open": connections.half_open,
    "half-open, watches alone": connections.half_open_watches,
    "half a line": connections.half_a_line,
    "HTML from a proxy with 200": answers.web_page_with_200,
    "HTML from a proxy with 502": answers.web_page_with_502,
    "401 without a renewable token": logins.token_that_is_not_renewed,
    "401 with a renewable token": logins.token_that_is_renewed,
    "exec plugin that hangs": logins.plugin_that_hangs,
    "exec plugin that fails": logins.plugin_that_exits_with_an_error,
    "exec plugin that prints garbage": logins.plugin_that_prints_garbage,
    "exec plugin that floods stderr": logins.plugin_that_floods_stderr,
    "403 from the start": answers.forbidden_from_the_start,
    "403 later": answers.forbidden_later,
    "404 on a kind": answers.absent_kind,
    "410 in HTTP": answers.gone_over_http,
    "410 in the stream": answers.gone_in_the_stream,
    "storms of 410": answers.storms_of_gone,
    "429 with Retry-After": answers.too_many_requests,
    "500 for a minute": answers.failing_for_a_minute,
    "API server restarted with an older resourceVersion": connections.older_resource_version,
    "a frame of 5 MB": objects.frame_of_five_megabytes,
    "one malformed object": objects.one_malformed_object,
    "nulls and unknown fields everywhere": objects.nulls_and_unknown_fields_everywhere,
    "a continue that loops": objects.continue_tokens_that_loop,
    "duplicate events": objects.duplicate_events,
    "delete and recreate of one name between two lists": objects.recreated_between_two_lists,
    "the clock of the machine wrong by an hour": time_of_day.clock_wrong_by_an_hour,
    "an hour's sleep of the machine": time_of_day.sleep_of_an_hour,
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_the_screen_says_what_is_wrong_and_the_model_recovers(row: Row, scene: Scene) -> None:
    await row(scene)
    await scene.recovers()
