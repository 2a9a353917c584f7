"""Compressed files: looked into where that is possible, a question where the secret is in one, a warning where it is not."""

from __future__ import annotations

import io
import json
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, planned, purged

from leakscan.purge import replace_archive


def pdf(text: bytes, more: bytes = b"") -> bytes:
    stream = zlib.compress(text)
    head = b"%%PDF-1.7\n1 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream)
    return head + stream + b"\nendstream\nendobj\n" + more + b"%%EOF\n"


def committed(tmp_path: Path, **files: bytes) -> GitRepo:
    repo = GitRepo.init(tmp_path / "r")
    for name, data in files.items():
        repo.write(name, data)
    repo.write("plain", f"key={SECRET}\n")
    repo.commit("files")
    return repo


def test_a_pdf_with_the_secret_in_a_stream_is_a_question(tmp_path: Path) -> None:
    other = pdf(b"(nothing) Tj " * 9)
    repo = committed(tmp_path, a=pdf(b"(" + SECRET.encode() + b") Tj\n" * 20), b=other)
    value = purged(repo, "--answer", "archive=placeholder")
    assert [(q["kind"], q["answer"]) for q in value["questions"]] == [("archive", "placeholder")]
    assert repo.run("show", "HEAD:a") == b"***REMOVED***\n"
    assert repo.run("show", "HEAD:b") == other


def test_zstandard_is_looked_into_where_there_is_a_library(tmp_path: Path) -> None:
    compress = pytest.importorskip("zstandard").ZstdCompressor().compress
    data = compress(b"first frame") + compress(b"key " * 99 + SECRET.encode() + SECRET[9:].encode() * 3)
    repo = committed(tmp_path, a=data)
    value = purged(repo, "--answer", "archive=drop")
    assert [q["kind"] for q in value["questions"]] == ["archive"]
    assert repo.git("ls-tree", "--name-only", "HEAD") == "plain"


def test_what_cannot_be_looked_into_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compression.zstd", "backports.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    repo = committed(
        tmp_path,
        a=pdf(b"x", b"trailer << /Encrypt 5 0 R >>\n"),
        b=b"\x28\xb5\x2f\xfd" + bytes(40),
        c=b"7z\xbc\xaf\x27\x1c" + bytes(40),
        d=b"Rar!\x1a\x07\x01\0" + bytes(40),
    )
    warnings = json.loads(Path(planned(repo)[0]).read_text())["warnings"]
    said = " ".join(text for text in warnings if "could not be looked into" in text)
    assert all(word in said for word in ("encrypted", "Zstandard", "7-Zip", "RAR"))


def test_a_pdf_that_unpacks_to_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replace_archive, "LARGEST", 1000)
    assert replace_archive.inside(pdf(bytes(5000)), bool) == (None, "PDF: too large")


def test_an_archive_that_stores_the_secret_as_it_is(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("inner.txt", SECRET)
    repo = committed(tmp_path, a=packed.getvalue(), b=pdf(b"x", b"% " + SECRET.encode() + b"\n"))
    value = purged(repo, "--answer", "archive=drop")
    assert sorted(q["kind"] for q in value["questions"]) == ["archive", "binary"]
    assert repo.git("ls-tree", "--name-only", "HEAD").split() == ["b", "plain"]
    assert len(repo.run("show", "HEAD:b")) == len(pdf(b"x", b"% " + SECRET.encode() + b"\n"))
