"""What all tests share."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that is busy makes no test fail: a timing is a benchmark. Nor does chance: examples are the same in every run,
# others come with `pytest --hypothesis-profile=explore`.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", calm)
settings.register_profile("leakscan", calm, derandomize=True)
settings.load_profile("leakscan")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew")


def pytest_configure(config: pytest.Config) -> None:
    """The user's own cache, configuration and git settings neither help nor hinder."""
    home = Path(tempfile.gettempdir()) / f"leakscan-tests-{os.getuid() if hasattr(os, 'getuid') else 0}"
    os.environ["LEAKSCAN_CACHE_DIR"] = str(home / "cache")
    os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    for name in ("PRE_COMMIT", "NO_COLOR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        os.environ.pop(name, None)
