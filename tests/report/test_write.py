"""Reports arrive whole, or an error says why not."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from leakscan.model.errors import LeakscanError
from leakscan.report.write import write

if TYPE_CHECKING:
    from pathlib import Path

PIECES = ["first\n", "sécond\n"]


def test_a_file_is_utf_8(tmp_path: Path) -> None:
    write(PIECES, str(tmp_path / "report"), sys.stdout)
    assert (tmp_path / "report").read_bytes() == "first\nsécond\n".encode()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_report_with_secrets_is_its_owners(tmp_path: Path) -> None:
    write(PIECES, str(tmp_path / "report"), sys.stdout, private=True)
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == 0o600


def test_where_no_file_can_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LeakscanError, match=r"cannot be written to .*missing.*No such file"):
        write(PIECES, str(tmp_path / "missing" / "report"), sys.stdout)


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", "sécond"), ("ascii", "s\\xe9cond")])
def test_a_stream_gets_what_its_encoding_can_say(encoding: str, expected: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    write(PIECES, "-", stream)
    assert raw.getvalue().decode(encoding).splitlines() == ["first", expected]


def test_a_stream_without_bytes_gets_text() -> None:
    out = io.StringIO()
    write(PIECES, "-", out)
    assert out.getvalue() == "".join(PIECES)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_went_away_is_no_error() -> None:
    code = "import sys; from leakscan.report.write import write; write(['x' * 5000] * 100, '-', sys.stdout)"
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error() -> None:
    with open("/dev/full", "w") as full, pytest.raises(LeakscanError, match="No space left"):
        write(["x" * 100_000], "-", full)
