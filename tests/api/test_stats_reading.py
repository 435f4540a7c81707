"""Stored stream events, page by page."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from game_world import problem_of
from listening_world import LIST, MORNING, STREAM, Statistics, a_stream_event, at, ids_of, stream_events

pytest_plugins = ["listening_fixtures"]


async def test_40_2_fifty_thousand_events_come_in_three_pages_each_once(statistics: Statistics) -> None:
    events = stream_events(50_000)
    for first in range(0, 50_000, 10_000):
        await statistics.ingest(STREAM, *events[first : first + 10_000])

    pages = await statistics.pages(limit=20_000)

    ids = ids_of(pages)
    assert [len(page["results"]) for page in pages] == [20_000, 20_000, 10_000]
    assert len(set(ids)) == len(ids) == 50_000
    assert pages[-1]["next"] is None


async def test_40_2_events_that_arrive_in_between_make_no_other_come_twice_or_never(
    statistics: Statistics,
) -> None:
    await statistics.ingest(STREAM, *stream_events(50))
    stored = set(ids_of(await statistics.pages(limit=50)))
    seen: list[str] = []
    page = await statistics.get(LIST, limit=10)
    late = 0
    while True:
        seen += ids_of([page])
        if page["next"] is None:
            break
        # One before everything, one in the middle, one behind everything.
        for moment in (at("09:00:00"), MORNING + timedelta(seconds=25.5), at("12:00:00")):
            late += 1
            event = a_stream_event(
                time_start=moment.isoformat(),
                time_end=(moment + timedelta(seconds=60)).isoformat(),
                status=200 + late,
            )
            await statistics.ingest(STREAM, event)
        page = (await statistics.http.get(page["next"], headers=statistics.service())).json()

    assert len(set(seen)) == len(seen)
    assert stored <= set(seen)


async def test_events_are_in_order_of_their_beginnings(statistics: Statistics) -> None:
    events = stream_events(100)
    await statistics.ingest(STREAM, *reversed(events))

    shown = (await statistics.get(LIST))["results"]

    assert [event["bytes_sent"] for event in shown] == list(range(100))


async def test_events_of_one_moment_are_in_a_fixed_order_over_pages(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *(a_stream_event(bytes_sent=number) for number in range(25)))

    pages = await statistics.pages(limit=4)

    assert ids_of(pages) == sorted(ids_of(pages))
    assert [len(page["results"]) for page in pages] == [4] * 6 + [1]


async def test_an_event_is_shown_as_it_was_sent(statistics: Statistics) -> None:
    sent = a_stream_event(time_start="2024-11-05T12:15:32.25+01:00", seconds_connected=59.75)
    await statistics.ingest(STREAM, sent)

    (shown,) = (await statistics.get(LIST))["results"]

    assert len(shown.pop("id")) == 32
    assert shown == sent | {
        "time_start": "2024-11-05T11:15:32.250000+00:00",
        "time_end": "2024-11-05T11:16:32+00:00",
    }


async def test_without_events_there_is_one_empty_page(statistics: Statistics) -> None:
    assert await statistics.get(LIST) == {"next": None, "previous": None, "results": []}


async def test_a_page_that_holds_exactly_the_rest_is_the_last(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *stream_events(2_000))

    pages = await statistics.pages(limit=1_000)

    assert [len(page["results"]) for page in pages] == [1_000, 1_000]


@pytest.mark.parametrize("limit", [1, 3, 7, 10, 1_000])
async def test_the_way_back_shows_the_same_pages(statistics: Statistics, limit: int) -> None:
    await statistics.ingest(STREAM, *stream_events(20))
    forth = await statistics.pages(limit=limit)

    page, back = forth[-1], [forth[-1]]
    while page["previous"]:
        page = (await statistics.http.get(page["previous"], headers=statistics.service())).json()
        back.append(page)

    assert [ids_of([page]) for page in reversed(back)] == [ids_of([page]) for page in forth]


async def test_from_a_page_before_the_way_leads_forth_again(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *stream_events(20))
    first, second, *_ = await statistics.pages(limit=5)

    before = (await statistics.http.get(second["previous"], headers=statistics.service())).json()
    after = (await statistics.http.get(before["next"], headers=statistics.service())).json()

    assert (ids_of([before]), ids_of([after])) == (ids_of([first]), ids_of([second]))


async def test_bounds_of_time_are_included(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *stream_events(10))

    page = await statistics.get(
        LIST, time_from="2024-11-05 10:00:02 +00:00", time_to="2024-11-05T11:00:05+01:00"
    )

    assert [event["bytes_sent"] for event in page["results"]] == [2, 3, 4, 5]


async def test_a_path_is_shown_alone(statistics: Statistics) -> None:
    await statistics.ingest(
        STREAM, *stream_events(10), *(a_stream_event(path="/128.mp3", status=200 + n) for n in range(5))
    )

    pages = await statistics.pages(path="/128.mp3", limit=2)

    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    assert {event["path"] for page in pages for event in page["results"]} == {"/128.mp3"}


async def test_links_are_full_and_keep_what_was_asked(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *stream_events(5))
    asked = {"limit": "2", "time_from": "2024-11-05T10:00:00+00:00", "path": "/320.mp3"}

    link = urlsplit((await statistics.get(LIST, **asked))["next"])

    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert (link.scheme, link.netloc, link.path) == ("http", "laurel", LIST)
    assert query.pop("cursor")
    assert query == asked


@pytest.mark.parametrize(
    ("headers", "start"),
    [
        ({"host": "stats.example.org:8443"}, "http://stats.example.org:8443/api"),
        ({"host": "[2001:db8::1]:80"}, "http://[2001:db8::1]:80/api"),
        ({"host": "stats.example.org", "x-forwarded-proto": "https"}, "https://stats.example.org/api"),
        ({"host": 'a"b/c'}, "http://laurel/api"),
    ],
    ids=str,
)
async def test_links_lead_to_the_host_that_was_asked(
    statistics: Statistics, headers: dict[str, str], start: str
) -> None:
    await statistics.ingest(STREAM, *stream_events(2))

    answer = await statistics.http.get(f"{LIST}?limit=1", headers=statistics.service() | headers)

    assert answer.json()["next"].startswith(start)


@pytest.mark.parametrize("cursor", ["", "x", "garbage!", "a" * 23, "A" * 23, "Y" * 64, "é", "YQ", "YQ=="])
async def test_a_cursor_that_nobody_got_from_here_is_refused(statistics: Statistics, cursor: str) -> None:
    answer = await statistics.http.get(LIST, params={"cursor": cursor}, headers=statistics.service())

    assert problem_of(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "cursor"


async def test_page_after_page_reads_no_more_events_than_it_shows(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, *stream_events(2_000))
    cursor = parse_qs(urlsplit((await statistics.get(LIST, limit=1_900))["next"]).query)["cursor"][0]
    profiled = statistics.store["system.profile"]
    statistics.store.command("profile", 2)
    await statistics.get(LIST, limit=10, cursor=cursor)
    statistics.store.command("profile", 0)

    examined = [
        row["docsExamined"] for row in profiled.find({"op": "query", "ns": {"$regex": "stream_events$"}})
    ]

    assert sum(examined) == 11
