"""Compressed files: looked into where that is possible, a question where the secret is in one, a warning where it is not."""

from __future__ import annotations

import io
import json
import lzma
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, planned, purge, purged

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
        e=b"\x04\x22\x4d\x18" + bytes(40),
        f=b"LZIP" + bytes(40),
        g=b"PACK\0\0\0\2" + bytes(40),
    )
    warnings = json.loads(Path(planned(repo)[0]).read_text())["warnings"]
    said = " ".join(text for text in warnings if "could not be looked into" in text)
    assert all(word in said for word in ("encrypted", "Zstandard", "7-Zip", "RAR", "LZ4", "lzip", "pack"))
    blob = repo.git("rev-parse", "HEAD:e")
    assert f"blob {blob}: archive: LZ4" in said
    assert any("--find-object" in text for text in warnings)


def test_none_of_many_is_passed_over_in_silence(tmp_path: Path) -> None:
    repo = committed(tmp_path, **{f"a{n}": b"LZIP%d" % n + bytes(40) for n in range(230)})
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    said = [text for text in answer.value["warnings"] if "could not be looked into" in text]
    assert len(said) == 201
    assert said[-1] == "30 more could not be looked into"


def test_archives_in_the_lfs_store(tmp_path: Path) -> None:
    repo = committed(tmp_path, a=b"x\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.txt", SECRET * 3)
    for number, data in enumerate((packed.getvalue(), b"Rar!\x1a\x07\x01\0" + bytes(40))):
        oid = f"{number}" * 64
        repo.write(f"big{number}", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 40\n")
        payload = repo.path / ".git/lfs/objects" / oid[:2] / oid[2:4] / oid
        payload.parent.mkdir(parents=True)
        payload.write_bytes(data)
    repo.commit("pointers")
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert [q["what"] for q in answer.value["questions"]] == [
        f"points to LFS object {'0' * 64}, which has the secret"
    ]
    assert any(f"LFS object {'1' * 64}: archive: RAR" in text for text in answer.value["warnings"])


def test_an_archive_behind_a_program(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.txt", SECRET * 3)
    repo = committed(tmp_path, a=b"#!/usr/bin/env python3\n" + packed.getvalue(), b=b"#!/bin/sh\necho\n")
    value = purged(repo, "--answer", "archive=drop")
    assert [q["kind"] for q in value["questions"]] == ["archive"]


def test_lzma(tmp_path: Path) -> None:
    data = lzma.compress(SECRET.encode() * 9, lzma.FORMAT_ALONE)
    value = purged(committed(tmp_path, a=data), "--answer", "archive=drop")
    assert [q["kind"] for q in value["questions"]] == ["archive"]


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
