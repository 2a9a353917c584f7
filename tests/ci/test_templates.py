"""action.yml and the templates in docs/ci: they parse, ask for all of the history, and run what there is to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import recorded as r
import yaml
from ci_scene import build
from runner import leakscan

from leakscan.ci.advice import DEEPEN
from leakscan.ci.build import SYSTEMS

PROJECT = Path(__file__).parents[2]
TEMPLATES = {
    "github": "github.yml",
    "gitlab": "gitlab.yml",
    "azure": "azure-pipelines.yml",
    "bitbucket": "bitbucket-pipelines.yml",
    "jenkins": "Jenkinsfile",
    "circleci": "circleci.yml",
}
DEEP = {
    "github": "fetch-depth: 0",
    "gitlab": "GIT_DEPTH: 0",
    "azure": "fetchDepth: 0",
    "bitbucket": "depth: full",
    "jenkins": "no shallow clone",
    "circleci": "method: full",
}


def test_there_is_a_template_for_every_system() -> None:
    assert set(TEMPLATES) == set(SYSTEMS) - {"git"}
    assert {p.name for p in (PROJECT / "docs/ci").iterdir()} == set(TEMPLATES.values())


@pytest.mark.parametrize("system", TEMPLATES)
def test_a_template_fetches_what_leakscan_asks_for(system: str) -> None:
    text = (PROJECT / "docs/ci" / TEMPLATES[system]).read_text()
    if system != "jenkins":
        assert yaml.safe_load(text)
        assert DEEP[system] in DEEPEN[system]  # type: ignore[index]
    assert DEEP[system] in text


@pytest.mark.parametrize("system", [s for s in TEMPLATES if s != "github"])
def test_what_a_template_runs_is_a_command_line(system: str) -> None:
    """The options of every `leakscan ci` in it are ones that there are."""
    found = re.findall(r"leakscan ci([^\n'#]*)", (PROJECT / "docs/ci" / TEMPLATES[system]).read_text())
    assert found
    usage = leakscan("ci", "--help").out
    for option in re.findall(r"--[a-z-]+", " ".join(found)):
        assert option in usage


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text())
    return loaded


def test_nothing_that_others_write_is_put_into_the_actions_scripts() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def run_step(
    step: dict[str, Any], inputs: dict[str, str], environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """A step as a runner runs it: its expressions filled in, its script given to bash."""
    values = {f"inputs.{key}": value for key, value in inputs.items()} | {"github.action_path": str(PROJECT)}
    env = {
        key: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: values[m[1]], value) for key, value in step["env"].items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=environ["GITHUB_WORKSPACE"],
        env={**os.environ, **environ, **env},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def inputs() -> dict[str, str]:
    return {name: str(value["default"]) for name, value in action()["inputs"].items()}


def test_the_actions_scan(tmp_path: Path, inputs: dict[str, str]) -> None:
    """The second step, with a Python in place of the environment that the first one makes."""
    scene = build(tmp_path / "scene")
    clone = scene.clone(tmp_path / "clone")
    environ = r.github_pull_request(tmp_path, scene.tip, scene.head, scene.merge)
    environ |= {"RUNNER_TEMP": str(tmp_path), "GITHUB_WORKSPACE": str(clone.path), "PYTHONPATH": str(PROJECT)}
    python = tmp_path / "leakscan/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    step = action()["runs"]["steps"][1]
    more = {"sarif": "out dir/leaks.sarif", "args": "--confidence\nhigh\n\n--only\ngithub.*\n"}
    done = run_step(step, inputs | more, environ)
    assert done.returncode == 1, done.stderr
    assert "file=sub/new.py,line=2" in done.stdout
    assert (clone.path / "out dir/leaks.sarif").exists()
    assert (tmp_path / "output.txt").read_text().startswith("findings=1\n")
    assert run_step(step, inputs | {"args": "--only\nslack.*"}, environ).returncode == 0
    hostile = inputs | {"args": "$(touch pwned)\n`touch pwned`\n; touch pwned"}
    assert run_step(step, hostile, environ).returncode == 2
    assert not (clone.path / "pwned").exists()


@pytest.mark.slow
def test_the_action_installs_and_scans(tmp_path: Path, inputs: dict[str, str]) -> None:
    source = tmp_path / "action"
    for part in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "leakscan", "rules"):
        copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy
        source.mkdir(exist_ok=True)
        copy(PROJECT / part, source / part)
    scene = build(tmp_path / "scene")
    clone = scene.clone(tmp_path / "clone")
    environ = r.github_push(tmp_path, "topic", scene.base, scene.head)
    environ |= {"RUNNER_TEMP": str(tmp_path / "temp dir"), "GITHUB_WORKSPACE": str(clone.path)}
    install, scan = action()["runs"]["steps"]
    install["env"]["SOURCE"] = str(source)
    inputs["python"] = sys.executable
    done = run_step(install, inputs, environ)
    assert done.returncode == 0, done.stderr
    done = run_step(scan, inputs, environ)
    assert done.returncode == 1, done.stderr
    assert "file=sub/new.py,line=2" in done.stdout
