"""`leakscan explain`: why something is reported, and why not."""

from __future__ import annotations

from pathlib import Path

from runner import leakscan

from leakscan.rulepack.template import fill

TOKEN = fill("{github-token:ghp_}", "explain")


def test_it_says_what_kept_and_what_dropped(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    wrong = TOKEN[:-1] + ("a" if TOKEN[-1] != "a" else "b")
    file.write_text(f'A = "{TOKEN}"\nB = "{wrong}"\nC = "{TOKEN}"  # leakscan:allow\npassword = "changeme"\n')
    ran = leakscan("explain", file)
    assert ran.code == 0
    blocks = ran.out.split("a.py:")[1:]
    by_line = {int(block.split(":")[0]): block for block in blocks if "  github.pat-classic  " in block}
    assert "reported, confidence high" in by_line[1]
    assert "checksum github-crc32 is wrong" in by_line[2]
    assert "inline comment leakscan:allow" in by_line[3]
    assert TOKEN not in ran.out
    assert any(block.startswith("4:") and "dropped" in block for block in blocks)


def test_one_line_can_be_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(f'A = "{TOKEN}"\nB = "{TOKEN}"\n')
    assert (
        leakscan("explain", f"{file}:2").out.count("a.py:")
        == leakscan("explain", f"{file}:1").out.count("a.py:")
        > 0
    )
    assert "a.py:1:" not in leakscan("explain", f"{file}:2").out


def test_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("print(1)\n")
    ran = leakscan("explain", file)
    assert (ran.code, ran.out) == (0, "")
    assert "no rule sees anything" in ran.err


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert leakscan("explain", tmp_path).code == 2
