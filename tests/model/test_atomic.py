"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from leakscan.model.atomic import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_gets_what_the_umask_gives(tmp_path: Path, umask: int, expected: int) -> None:
    before = os.umask(umask)
    try:
        replace_file(tmp_path / "new", [b"a", b"b"])
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == b"ab"
    assert permissions(tmp_path / "new") == expected


@posix
@pytest.mark.parametrize(("private", "expected"), [(False, 0o664), (True, 0o600)])
def test_permissions_of_an_old_file(tmp_path: Path, private: bool, expected: int) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o664)
    replace_file(path, [b"new"], private=private)
    assert path.read_bytes() == b"new"
    assert permissions(path) == expected


def test_what_the_pieces_raise_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        replace_file(path, pieces())
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    replace_file(tmp_path / "link", [b"new"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


@posix
def test_a_device_is_written_to(tmp_path: Path) -> None:
    replace_file("/dev/null", [b"gone"])
    assert not stat.S_ISREG(os.stat("/dev/null").st_mode)


def test_no_directory_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing" / "file", [b""])
