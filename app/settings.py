"""The environment as typed, frozen values, read once."""

import re
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.kit.ids import OBJECT_ID_PATTERN
from app.kit.service_account import service_account

SHORTEST_SECRET = 32


class Environment(StrEnum):
    """Where this runs; some admin routes exist outside production only."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TEST = "test"


class SettingsError(Exception):
    """The environment does not make a valid configuration; the text is one line."""


class Settings(BaseSettings):
    """Everything the environment decides. The README's table is checked against this class."""

    model_config = SettingsConfigDict(
        env_prefix="LAUREL_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    environment: Environment = Field(Environment.PRODUCTION, description="production, development or test")
    mongodb_uri: str = Field(description="MongoDB replica set or cluster")
    mongodb_database: str = Field("laurel", pattern=r"^[A-Za-z0-9_-]{1,38}$", description="database name")
    redis_url: str = Field(description="Redis for rank indexes and jobs")

    jwt_secret: SecretStr | None = Field(None, description="secret of HS256 tokens, 32 characters or more")
    jwt_public_key: str | None = Field(None, description="PEM key of RS256, ES256 or EdDSA tokens")
    jwks_url: str | None = Field(None, description="key set of RS256, ES256 or EdDSA tokens")
    jwt_audience: str = Field("laurel", min_length=1, description="the `aud` a token must have")
    service_token: SecretStr | None = Field(
        None,
        description="token Laurel shows to the guild and mailbox services; made from the secret when absent",
    )

    guild_url: str | None = Field(None, description="guild service; without it guild shards answer 503")
    mailbox_url: str | None = Field(None, description="mailbox service; without it rewards stay owed")

    pusher_url: SecretStr | None = Field(
        None,
        description="Pusher server: `http(s)://key:secret@host[:port]/apps/ID`"
        "; absent: events are heard from Laurel alone",
    )

    fcm_credentials: FilePath | None = Field(
        None, description="service account file of Firebase; without it nobody gets push messages"
    )
    fcm_url: str = Field("https://fcm.googleapis.com", description="Firebase Cloud Messaging")

    hourly_rollover_minute: int = Field(0, ge=0, le=59, description="minute of hourly rollovers")
    rollover_time: time = Field(time(2, 0), description="time of day of all other rollovers")
    weekly_rollover_day: int = Field(1, ge=0, le=7, description="0 or 7 Sunday, 1 Monday")
    monthly_rollover_day: int = Field(1, ge=1, le=31, description="short months: their last day")

    archive_retention_days: int = Field(60, ge=1, le=365, description="days for which archives are kept")

    feed_groupings: str = Field(
        "asia:tw,hk,jp,kr,sg,my,th,vn,ph,id",
        pattern=r"^[a-z0-9_]{1,27}:[a-z]{2}(,[a-z]{2})*(;[a-z0-9_]{1,27}:[a-z]{2}(,[a-z]{2})*)*$",
        description="regions with feeds of their own, and their countries: `name:cc,cc;name:cc`",
    )
    feed_debounce_seconds: int = Field(15, ge=0, le=3600, description="changes of so long share a feed")
    feed_exclude_tags: str = Field("", description="tags of users whom no feed shows, separated by commas")

    session_price_sd: int = Field(0, ge=0, le=2**31 - 1, description="price of watching a session in sd")

    sign_up_url: str = Field(
        "/sign-in",
        pattern=r"^(/|https?://)[^/]",
        description="where pages send visitors who are not signed in",
    )
    stats_time_zone: str = Field("Europe/Zurich", description="in which listening days start at 04:00")
    system_user_id: Annotated[str, Field(pattern=OBJECT_ID_PATTERN)] | None = Field(
        None, description="a user whom no session leaderboard shows"
    )

    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="where a worker answers Prometheus; absent: nowhere"
    )
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = Field(
        "info", description="debug, info, warning or error"
    )

    @field_validator("mongodb_uri")
    @classmethod
    def _mongodb_scheme(cls, uri: str) -> str:
        if not re.match(r"^mongodb(\+srv)?://", uri):
            raise ValueError("must start with mongodb:// or mongodb+srv://")
        return uri

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, url: str) -> str:
        if not re.match(r"^(rediss?|unix)://", url):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return url

    @field_validator("guild_url", "mailbox_url", "jwks_url", "fcm_url")
    @classmethod
    def _http_scheme(cls, url: str | None) -> str | None:
        if url is not None and not re.match(r"^https?://[^/]", url):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else None

    @field_validator("feed_groupings")
    @classmethod
    def _regions_once(cls, text: str) -> str:
        regions = [part.partition(":")[0] for part in text.split(";")]
        if "global" in regions or len(set(regions)) < len(regions):
            raise ValueError("must name each region once, and not global")
        return text

    @field_validator("stats_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError) as error:
            raise ValueError("must be a time zone like Europe/Zurich") from error
        return name

    @field_validator("pusher_url")
    @classmethod
    def _whole_pusher_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.match(
            r"^https?://[^/:@]+:[^/:@]+@[^/:@]+(:\d{1,5})?/apps/\d+$", url.get_secret_value(), re.ASCII
        ):
            raise ValueError("must be like https://key:secret@host/apps/1")
        return url

    @field_validator("fcm_credentials")
    @classmethod
    def _whole_key_file(cls, path: Path | None) -> Path | None:
        if path is not None:
            service_account(path.read_bytes())
        return path

    @field_validator("jwt_secret")
    @classmethod
    def _long_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters")
        return secret

    @model_validator(mode="after")
    def _one_way_to_verify(self) -> Self:
        ways = [self.jwt_secret, self.jwt_public_key, self.jwks_url]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("set exactly one of LAUREL_JWT_SECRET, LAUREL_JWT_PUBLIC_KEY, LAUREL_JWKS_URL")
        return self


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises SettingsError with one line that names every missing or malformed setting, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_fault(fault) for fault in error.errors())) from None


def _fault(fault: ErrorDetails) -> str:
    name = "_".join(["LAUREL", *(str(part).upper() for part in fault["loc"])]) if fault["loc"] else ""
    message = "is missing" if fault["type"] == "missing" else str(fault["msg"]).removeprefix("Value error, ")
    return f"{name} {message}".strip()
