"""When calls go ahead and when they fail at once."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError

from app.ranking.breaker import REST_S, Breaker
from app.ranking.errors import RankIndexAway


class Clock:
    """A clock that stands still unless told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def goes_ahead(breaker: Breaker) -> bool:
    try:
        with breaker.attempt():
            return True
    except RankIndexAway:
        return False


def fail(breaker: Breaker, error: BaseException | None = None) -> None:
    with pytest.raises(RankIndexAway), breaker.attempt():
        raise error or RedisConnectionError


@pytest.mark.parametrize(
    "error", [RedisConnectionError(), TimeoutError(), OSError(), OutOfMemoryError(), RedisError()]
)
def test_whatever_redis_does_wrong_is_one_exception(breaker: Breaker, error: Exception) -> None:
    with pytest.raises(RankIndexAway) as caught, breaker.attempt():
        raise error

    assert caught.value.__cause__ is error


def test_other_exceptions_pass(breaker: Breaker) -> None:
    with pytest.raises(LookupError), breaker.attempt():
        raise LookupError


def test_after_a_silence_calls_fail_at_once(breaker: Breaker) -> None:
    fail(breaker)

    assert not goes_ahead(breaker)


def test_after_a_refusal_calls_go_on(breaker: Breaker) -> None:
    fail(breaker, OutOfMemoryError())

    assert goes_ahead(breaker)


def test_after_the_rest_a_call_goes_ahead(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_S

    assert goes_ahead(breaker)


def test_only_one_call_tries(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_S

    with breaker.attempt():
        assert not goes_ahead(breaker)


def test_a_success_ends_the_rest_for_all(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_S
    with breaker.attempt():
        pass

    with breaker.attempt():
        assert goes_ahead(breaker)


def test_a_failed_try_begins_another_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_S
    fail(breaker)

    assert not goes_ahead(breaker)


def test_a_try_that_is_given_up_leaves_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_S
    with pytest.raises(asyncio.CancelledError), breaker.attempt():
        raise asyncio.CancelledError

    assert goes_ahead(breaker)
