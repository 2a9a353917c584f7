"""What is written is what git reads, with deltas of either kind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from gitrepo import GitRepo
from hypothesis import given, settings
from hypothesis import strategies as st
from purging import SECRET, purged

from leakscan.git import kernel
from leakscan.purge import objects, objects_large
from leakscan.purge.pack_writer import PackWriter, _delta

TEXT = st.binary(min_size=0, max_size=60).map(lambda data: data * 20)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, st.binary(max_size=30), TEXT), min_size=1, max_size=12))
def test_git_reads_every_object(texts: list[tuple[bytes, bytes, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        repo = GitRepo.init(Path(directory, "r"), bare=True)
        file = str(repo.path / "objects/pack/new.pack").encode()
        writer = PackWriter(file, 20)
        blobs = {writer.add("blob", b"".join(parts), "one place"): b"".join(parts) for parts in texts}
        writer.close()
        repo.git("index-pack", "--strict", file.decode())
        for oid, data in blobs.items():
            assert repo.run("cat-file", "blob", oid.hex()) == data


@given(TEXT, TEXT, st.binary(max_size=40), st.binary(max_size=40))
def test_deltas(head: bytes, tail: bytes, old: bytes, new: bytes) -> None:
    base, data = head + old + tail, head + new + tail
    delta = _delta(base, data)
    if delta is not None:
        assert kernel.delta(base, delta, 0, 1 << 30)[0] == data


def test_large_blobs_are_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LARGEST", 5_000)
    monkeypatch.setattr(objects_large, "PIECE", 1_000)
    repo = GitRepo.init(tmp_path / "r")
    body = b"\0" + b"".join(b"%06d" % number for number in range(3_000))
    for at in (995, 1_700, 17_990):  # across the edges of pieces, and at the end
        body = body[:at] + SECRET.encode() + body[at + len(SECRET) :]
    repo.write("big", body)
    repo.commit("large")
    plan = purged(repo)
    new = repo.run("show", "HEAD:big")
    assert len(new) == len(body)
    assert new.count(b"***REMOVED***") == 3
    assert [len(edit["spans"]) for edit in plan["blobs"]] == [3]
