"""`python -m leakscan`."""

from leakscan.cli.main import entry

entry()
