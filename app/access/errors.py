"""What the access domain refuses."""

from app.kit.errors import NotFound


class UnknownApiKey(NotFound):
    """No API key has this id."""

    slug = "unknown-api-key"
