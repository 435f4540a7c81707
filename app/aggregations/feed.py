"""A feed: active sessions of visible streamers in order, as one document.

A document of MongoDB holds 16 MB, so a feed holds as many items as fit, the first ones; without long goals
that is some twenty thousand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.aggregations.earnings import EARNINGS
from app.aggregations.stages import Pipeline, Stage, kept_once

REVENUE_OF = timedelta(days=30)
TRENDING_FOR = timedelta(hours=24)
MOST_TRENDING = 1_000
#: A rating by fewer says nothing.
FEWEST_RATINGS = 20
#: Of the rows that become items: with what is added to them, a document's limit is kept by far.
LARGEST_FEED = 10 * 1024 * 1024

ORDER: Stage = {"priority": -1, "trending_ranking": -1, "started": -1, "id": 1}

Expression = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One run: whom the feed shows, who is trending, and what the document says of itself.

    Without `countries` it shows streamers of all; `trending` are users, the best of them last.
    """

    feed_id: Any
    aliases: Sequence[str]
    region_group: str
    filtered: bool
    version: int
    generated_at: datetime
    countries: Sequence[str] = ()
    excluded_tags: Sequence[str] = ()
    trending: Sequence[Any] = field(default=(), repr=False)

    @property
    def user_tags(self) -> Stage:
        """What the tags of a streamer have to be like."""
        hidden = [] if self.filtered else [f"hidden:region-group:{self.region_group}"]
        tags: Stage = {"$nin": [*self.excluded_tags, *hidden]}
        if self.countries:
            tags["$in"] = [f"country:{country}" for country in self.countries]
        return tags


def build_feed(run: FeedRun) -> Pipeline:
    """Runs on the sessions; writes one feed, also when there is nothing to show."""
    return [
        active_sessions(),
        with_streamer(),
        as_facts(),
        visible(run.user_tags),
        as_ranked(run.aliases, run.trending),
        *cut_to(LARGEST_FEED),
        *with_revenue(earned_after=run.generated_at - REVENUE_OF),
        in_order(),
        as_item(),
        *gathered(run),
        kept_once("feeds"),
    ]


def active_sessions() -> Stage:
    """Sessions that go on, shown or not yet."""
    return {"$match": {"active": True}}


def with_streamer() -> Stage:
    """Each session with its user, as an array of one or none."""
    # Right behind the match, with neither a pipeline nor $unwind: this takes a fourth of the time then.
    return {"$lookup": {"from": "users", "localField": "user", "foreignField": "_id", "as": "user"}}


def as_facts() -> Stage:
    """What a feed tells about a session, with its streamer as `user` if there is one."""
    goals = [{"$ifNull": [f"${pairs}", []]} for pairs in ("show_goal_pairs", "exclusive_goal_pairs")]
    too_few = {"$lt": [{"$ifNull": ["$rating.current_count", 0]}, FEWEST_RATINGS]}
    rating = {
        "$switch": {
            "branches": [{"case": too_few, "then": 0}],
            "default": {"$ifNull": ["$rating.current", 0]},
        }
    }
    return {
        "$project": {
            "_id": 0,
            "user": {"$first": "$user"},
            "preset": "$status.preset",
            "started": {"$ifNull": ["$statuses.started", None]},
            "goal": {"$concatArrays": goals},
            "viewers": {"$ifNull": ["$metadata.viewer_count", 0]},
            "current_rating": rating,
        }
    }


def visible(user_tags: Stage) -> Stage:
    """Only sessions of known users whose tags are like this."""
    return {"$match": {"user._id": {"$exists": True}, "user.tags": user_tags}}


def as_ranked(aliases: Sequence[str], trending: Sequence[Any]) -> Stage:
    """The streamer's part of an item, with what decides where it stands."""
    tags = {"$ifNull": ["$user.tags", []]}
    badge = {"$regexMatch": {"input": "$$this", "regex": "^badge:."}}
    return {
        "$project": {
            "id": "$user._id",
            "username": "$user.username",
            "biography": {"$ifNull": ["$user.profile.biography", ""]},
            "badges": {"$filter": {"input": tags, "cond": badge}},
            "preset": 1,
            "started": 1,
            "goal": 1,
            "viewers": 1,
            "current_rating": 1,
            "priority": _priority(tags, aliases),
            "trending_ranking": {"$indexOfArray": [list(trending), "$user._id"]},
        }
    }


def _priority(tags: Expression, aliases: Sequence[str]) -> Expression:
    """-N of the first tag `feed:NAME:N` that names one of the aliases, N being 0 if absent; else null."""
    names = "|".join(re.escape(alias) for alias in aliases)
    # More digits than these would be no number for MongoDB, and fail the whole feed.
    found = {"$regexFind": {"input": "$$this", "regex": rf"^feed:(?:{names})(?::(\d{{1,9}}))?$"}}
    finds = {"$map": {"input": tags, "in": found}}
    first = {"$first": {"$filter": {"input": finds, "cond": {"$ne": ["$$this", None]}}}}
    number = {"$toInt": {"$ifNull": [{"$first": "$$found.captures"}, "0"]}}
    given = {"$eq": [{"$type": "$$found"}, "object"]}
    value = {"$cond": [given, {"$subtract": [0, number]}, None]}
    return {"$let": {"vars": {"found": first}, "in": value}}


def cut_to(size: int) -> Pipeline:
    """The first rows, as many as have together no more than so many bytes."""
    so_far = {"$sum": {"$bsonSize": "$$ROOT"}, "window": {"documents": ["unbounded", "current"]}}
    return [
        {"$setWindowFields": {"sortBy": ORDER, "output": {"so_far": so_far}}},
        {"$match": {"so_far": {"$lte": size}}},
    ]


def in_order() -> Stage:
    """By priority, then by who is trending, then the latest first; who has no priority comes last."""
    return {"$sort": ORDER}


def with_revenue(*, earned_after: datetime) -> Pipeline:
    """Each row with what its streamer has earned since, in no order."""
    # One lookup for all of them: one for each row takes twice as long.
    earned = [
        {"$match": {"time": {"$gt": earned_after}}},
        {"$group": {"_id": "$user", "revenue": {"$sum": "$revenue"}}},
    ]
    lookup = {"from": EARNINGS, "localField": "ids", "foreignField": "user", "pipeline": earned}
    return [
        {"$group": {"_id": None, "rows": {"$push": "$$ROOT"}, "ids": {"$push": "$id"}}},
        {"$lookup": {**lookup, "as": "earned"}},
        {"$project": {"part": {"$concatArrays": ["$rows", "$earned"]}}},
        {"$unwind": "$part"},
        {
            "$group": {
                "_id": {"$ifNull": ["$part.id", "$part._id"]},
                "row": {"$first": "$part"},
                "revenue": {"$sum": "$part.revenue"},
            }
        },
        {"$replaceWith": {"$mergeObjects": ["$row", {"revenue": "$revenue"}]}},
    ]


def as_item() -> Stage:
    """Rows `{item}` as readers get them."""
    metadata = {
        "preset": "$preset",
        "goal": "$goal",
        "revenue": "$revenue",
        "viewers": "$viewers",
        "started": "$started",
        "trending_ranking": "$trending_ranking",
        "current_rating": "$current_rating",
        "s_score": {"$multiply": ["$current_rating", "$viewers"]},
    }
    item = {
        "id": "$id",
        "username": "$username",
        "biography": "$biography",
        "badges": "$badges",
        "metadata": metadata,
        "__priority__": "$priority",
        "_cls": {"$literal": "UserFeedItem"},
    }
    return {"$project": {"_id": 0, "item": item}}


def gathered(run: FeedRun) -> Pipeline:
    """All items as one feed; one without items if there are none."""
    stamps = {
        "aliases": list(run.aliases),
        "region_group": run.region_group,
        "filtered": run.filtered,
        "version": run.version,
        "generated_at": run.generated_at,
        "expires_at": None,
    }
    return [
        # A row without an item: nothing at all would leave the last feed as it is, with sessions that ended.
        {"$unionWith": {"pipeline": [{"$documents": [{}]}]}},
        {"$group": {"_id": run.feed_id, "items": {"$push": "$item"}}},
        {"$set": {name: {"$literal": value} for name, value in stamps.items()}},
    ]


def trending_creators(now: datetime) -> Pipeline:
    """Runs on the earnings: rows `{_id: user}` of those who received most lately, the best of them last."""
    return [
        {"$match": {"time": {"$gt": now - TRENDING_FOR}}},
        {"$group": {"_id": "$user", "diamonds": {"$sum": "$revenue"}}},
        {"$sort": {"diamonds": -1, "_id": 1}},
        {"$limit": MOST_TRENDING},
        {"$sort": {"diamonds": 1, "_id": -1}},
        {"$project": {"_id": 1}},
    ]
