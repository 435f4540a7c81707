"""When a littercoin is earned. Pure."""

PHOTOS_A_COIN = 100


def earned(progress: int, photos: int) -> tuple[int, int]:
    """What is left of the progress, and how many coins there are, after so many more verified photos."""
    coins, rest = divmod(progress + photos, PHOTOS_A_COIN)
    return rest, coins
