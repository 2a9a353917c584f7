"""What is encoded and not decoded to the end is told, with the line and the bound, by every engine and in every report."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from runner import found, leakscan

from leakscan.detect import matching
from leakscan.detect.decode import payload
from leakscan.rulepack.template import fill

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = fill("{github-token:ghp_}", "bounds").encode()
OTHER = fill("{github-token:ghp_}", "bounds, in plain sight").encode()
WORDS = b"these are some words, " + TOKEN


def nested(times: int) -> bytes:
    raw = WORDS
    for _ in range(times):
        raw = base64.b64encode(raw)
    return raw


def bomb() -> bytes:
    return base64.b64encode(gzip.compress(b"some words " * (payload.RATIO << 9) + TOKEN, 9, mtime=0))


TEXTS = {
    "deep": (b'one\nkey = "' + nested(4) + b'"\n', 2, "base64: inside 3 other encodings"),
    "mixed": (
        b'a = "' + "".join(f"\\x{c:02x}" for c in base64.b64encode(nested(2))).encode() + b'"\n',
        1,
        "base64: inside 3 other encodings",
    ),
    "bomb": (b'\n\nrelease: "' + bomb() + b'"\n', 3, "base64: gzip of more than 200 times"),
    "literal": (
        b'x = "' + b"a" * 5000 + TOKEN[:20] + b'" + "' + TOKEN[20:] + b'"\n',
        1,
        "joined: a literal of more than 4096 bytes",
    ),
}


def told(*words: str | Path) -> list[tuple[str, str, str]]:
    ran = leakscan("scan", "--format", "json", *words)
    assert ran.code in (0, 1), ran.err
    assert all(s["incomplete"] for s in ran.json["skipped"])
    return [(s["what"], s["why"], s["detail"]) for s in ran.json["skipped"]]


@pytest.mark.parametrize("name", TEXTS)
def test_a_bound_is_told(tmp_path: Path, name: str) -> None:
    text, line, bound = TEXTS[name]
    (tmp_path / "file").write_bytes(text)
    [(what, why, detail)] = told(tmp_path)
    assert (what, why) == ("file", "encoded")
    assert detail.startswith(f"line {line}: {bound}")
    assert "leakscan scan -" in detail
    assert leakscan("scan", "--strict", tmp_path).code == 3


@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_is_decoded_to_the_end_is_not(tmp_path: Path, times: int) -> None:
    (tmp_path / "file").write_bytes(b'key = "' + nested(times) + b'"\n')
    ran = leakscan("scan", "--format", "json", tmp_path)
    assert found(ran) == ["github.pat-classic file:1:8"]
    assert ran.json["skipped"] == []


@pytest.mark.slow
def test_more_base64_than_is_decoded(tmp_path: Path) -> None:
    text = b"say " * (payload.LARGEST // 4) + TOKEN
    (tmp_path / "file").write_bytes(b'key = "' + base64.b64encode(text) + b'"\n')
    [(_, why, detail)] = told(tmp_path)
    assert why == "encoded"
    assert detail.startswith("line 1: base64: more than 8 MiB")


def test_a_manifest_that_has_no_end(tmp_path: Path) -> None:
    text = b"kind: Secret\ndata:\n  a: YWJj\n" + b"# a comment\n" * 100_000
    (tmp_path / "file").write_bytes(text)
    [(_, why, detail)] = told(tmp_path)
    assert why == "encoded"
    assert detail.startswith("line 1: secret-manifest: a document of more than 1 MiB")


def test_history_tells_it_of_every_version(tmp_path: Path) -> None:
    """Along deltas as of whole blobs, and as every pattern tried everywhere: also where the bound was not touched."""
    repo = GitRepo.init(tmp_path)
    parts = [b"".join(b"line %d of %d\n" % (n, part) for n in range(400)) for part in range(2)]
    parts[1:1] = [text for text, *_ in TEXTS.values()]
    for number in range(4):
        parts.insert(2 * number, b"changed %d\n" % number)
        repo.write("file", b"".join(parts))
        repo.commit(f"version {number}")
    repo.repack("-f", "--depth=50")
    along = told("--history", tmp_path)
    assert along == told("--history", "--whole-blobs", tmp_path)
    assert along == told("--history", "--exhaustive", tmp_path)
    blobs = {repo.oid(f"HEAD~{n}:file") for n in range(4)}
    assert {what for what, *_ in along} == {f"blob {blob}" for blob in blobs}
    assert len(along) == len(blobs) * 3  # two of the texts say the same


def test_of_a_staged_change_only_what_it_touches_is_told(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path)
    deep, line, _ = TEXTS["deep"]
    repo.write("file", deep + b"\n" * 40)
    repo.commit("deep already")
    repo.write("file", deep + b"\n" * 40 + b"more\n")
    repo.run("add", "file")
    assert told("--staged", tmp_path) == []
    repo.write("file", deep + b"\n" * 40 + deep)
    repo.run("add", "file")
    [(what, _, detail)] = told("--staged", tmp_path)
    assert what == "file (staged)"
    assert detail.startswith(f"line {42 + line}: ")


@pytest.mark.parametrize(
    "format",
    ["text", "json", "jsonl", "sarif", "html", "markdown", "junit", "gitlab", "github", "azure"],
)
def test_every_report_tells_it(tmp_path: Path, format: str) -> None:
    (tmp_path / "file").write_bytes(TEXTS["deep"][0] + b'token = "' + OTHER + b'"\n')
    ran = leakscan("scan", "--format", format, tmp_path)
    assert ran.code == 1
    assert "encoded" in ran.out
    if format != "azure":  # its logging commands name the content and the reason
        assert "inside 3 other encodings" in ran.out
    assert TOKEN.decode() not in ran.out


def test_a_pattern_that_takes_too_long_in_what_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "TIMEOUT", 0.05)
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "rules:\n"
        "  - {id: own.slow, name: n, description: d, severity: high, confidence: high, keywords: [zzzz],\n"
        "     pattern: 'zzzz(?P<secret>(?:a|aa|a[a]){60,80}b)'}\n"
    )
    project = tmp_path / "project"
    project.mkdir()
    slow = b"some words, zzzz" + b"a" * 260
    (project / "file").write_bytes(b'\nkey = "' + base64.b64encode(slow) + b'"\n')
    [(what, why, detail)] = told("--rules", rules, project)
    assert (what, why) == ("file", "timeout")
    assert detail.startswith("line 2: rule own.slow took too long in what is encoded here")
