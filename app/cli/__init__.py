"""The laurel command."""

from app.cli.command import main

__all__ = ["main"]
