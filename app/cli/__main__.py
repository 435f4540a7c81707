"""`python -m app.cli`, the same as `laurel`."""

from app.cli.command import main

main()
