"""XP leaderboards on the wire."""

from pydantic import BaseModel, Field


class LeaderOut(BaseModel):
    """A user on the leaderboard. What is hidden is "", what is kept from everybody for safety is null."""

    user_id: int
    public_profile: bool = Field(description="whether the user has a page of their own")
    name: str | None
    username: str | None = Field(description="with an @ in front")
    xp: int
    global_flag: str | None = Field(description="two letters")
    social: dict[str, str] | None
    team: str
    rank: int


class LeaderboardPageOut(BaseModel):
    """A page of a leaderboard."""

    success: bool
    users: list[LeaderOut]
    hasNextPage: bool  # noqa: N815 # the wire's name
    total: int = Field(description="users on this board")
    activeUsers: int = Field(description="users who have any XP")  # noqa: N815 # the wire's name
    totalUsers: int = Field(description="accounts")  # noqa: N815 # the wire's name
    currentUserRank: int | None = Field(description="null without XP on this board")  # noqa: N815 # the wire's name


class LocationOut(BaseModel):
    """A location to filter by."""

    id: int
    name: str
    flag: str | None


class LocationsOut(BaseModel):
    """Locations in alphabetical order."""

    success: bool
    locations: list[LocationOut]


class NameShownOut(BaseModel):
    """Whether leaderboards show the user's name."""

    success: bool
    show_name: bool


class UsernameShownOut(BaseModel):
    """Whether leaderboards show the user's name on the site."""

    success: bool
    show_username: bool
