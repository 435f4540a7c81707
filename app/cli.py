"""The laurel command."""


def main() -> None:
    """Run it."""
