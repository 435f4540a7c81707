"""How a channel lies in Redis. One hash tag per channel, so a Redis Cluster keeps its keys together.

events      stream: the channel's last events; also the name under which Redis passes new ones on
remembered  string: data about the channel, or who is finding it out
half-told   string: that an event reached these subscribers and not those elsewhere
told-lately string: that an event which says only that there is news need not be told again yet
"""


def events_key(channel: str) -> str:
    """The key of a channel's events."""
    return f"laurel:channel:{{{channel}}}:events"


def remembered_key(channel: str) -> str:
    """The key of what is remembered about a channel."""
    return f"laurel:channel:{{{channel}}}:remembered"


def half_told_key(channel: str, digest: str) -> str:
    """The key that marks an event, by its digest, as half told."""
    return f"laurel:channel:{{{channel}}}:half-told:{digest}"


def told_lately_key(channel: str, name: str) -> str:
    """The key that keeps an event from being told again too soon."""
    return f"laurel:channel:{{{channel}}}:told-lately:{name}"
