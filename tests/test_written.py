"""The ways in which secrets are written: what fixtures/written lists is found, or left alone, at the default confidence.

Both files hold cases: `--- NAME OF A FILE`, and what stands in it, with `{…}` for values that are made when the test runs
(`leakscan.rulepack.template`). A case of `secrets.txt` has one such value or the same kind twice, which is to be found; of
those of `nothing.txt` nothing is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

import leakscan
from leakscan.rulepack.template import fill

DIRECTORY = Path(__file__).parents[1] / "fixtures" / "written"
_GENERATOR = re.compile(r"\{(?:alnum|base62|base64|hex|HEX|password|uuid)(?::\d+)?\}")
_HEAD = re.compile(r"^--- (.+)\n", re.MULTILINE)


class Written(NamedTuple):
    path: str
    template: str
    text: str
    secrets: tuple[str, ...]  # what is filled in


def read(name: str) -> list[Written]:
    parts = _HEAD.split((DIRECTORY / name).read_text())[1:]
    return [made(path, text) for path, text in zip(parts[::2], parts[1::2], strict=True)]


def made(path: str, template: str) -> Written:
    seed = f"written/{path}/{template}"
    text = fill(template, seed)
    holes = list(_GENERATOR.finditer(template))
    secrets = []
    for hole in holes:
        start = len(fill(template[: hole.start()], seed))
        end = len(fill(template[: hole.end()], seed))
        secrets.append(text[start:end])
    return Written(path, template, text, tuple(secrets))


SECRETS, NOTHING = read("secrets.txt"), read("nothing.txt")


def name_of(case: Written) -> str:
    return f"{case.path}: {case.template[:60]}"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """(rule, secret) of what is found, by the directory of the case."""
    root = tmp_path_factory.mktemp("written")
    for kind, cases in (("s", SECRETS), ("n", NOTHING)):
        for number, case in enumerate(cases):
            target = root / f"{kind}{number}" / case.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(case.text)
    result = leakscan.scan(leakscan.ScanOptions(paths=(str(root),), jobs=1))
    out: dict[str, list[tuple[str, str]]] = {}
    for finding in result.findings:
        for place in finding.places:
            directory = (place.path or b"").decode().removeprefix(f"{root}/").split("/")[0]
            out.setdefault(directory, []).append((finding.rule.id, finding.secret.reveal().decode()))
    return out


@pytest.mark.parametrize("number", range(len(SECRETS)), ids=lambda n: name_of(SECRETS[n]))
def test_found(number: int, found: dict[str, list[tuple[str, str]]]) -> None:
    case = SECRETS[number]
    assert case.secrets
    here = found.get(f"s{number}", [])
    assert any(secret in case.secrets for _, secret in here), (case.template, here)


@pytest.mark.parametrize("number", range(len(NOTHING)), ids=lambda n: name_of(NOTHING[n]))
def test_left_alone(number: int, found: dict[str, list[tuple[str, str]]]) -> None:
    assert found.get(f"n{number}", []) == [], NOTHING[number].template
