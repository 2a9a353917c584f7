"""The comments of other scanners: each counts, and each can be switched off."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner import leakscan

from leakscan.filters.inline import reason
from leakscan.model.markers import MARKERS
from leakscan.rulepack.template import fill

COMMENTS = [
    ("leakscan", "# leakscan:allow"),
    ("gitleaks", "# gitleaks:allow"),
    ("betterleaks", "// betterleaks:allow"),
    ("trufflehog", "# trufflehog:ignore"),
    ("kingfisher", "# kingfisher:ignore"),
    ("ggshield", "# ggignore"),
    ("detect-secrets", "# pragma: allowlist secret"),
    ("detect-secrets", "<!-- pragma: whitelist-secret -->"),
]


@pytest.mark.parametrize(("whose", "comment"), COMMENTS)
def test_a_comment_counts_unless_its_scanner_s_do_not(whose: str, comment: str) -> None:
    line = f"x = 1  {comment}".encode()
    assert reason("acme.key", line, b"")
    assert reason("acme.key", line, b"", markers=(whose,))
    assert reason("acme.key", line, b"", markers=[m for m in MARKERS if m != whose]) is None


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        (b"# pragma: allowlist nextline secret", True),
        (b"  # kingfisher:ignore", True),
        (b"// kingfisher:ignore", True),
        (b"/* kingfisher:ignore */", True),
        (b"y = 2  # kingfisher:ignore", False),
        (b"# gitleaks:allow", False),
        (b"# leakscan:allow", False),
        (b"# leakscan:allow-next-line", True),
    ],
)
def test_the_line_before(previous: bytes, expected: bool) -> None:
    assert bool(reason("acme.key", b"x = 1", previous)) is expected


def test_in_the_configuration(tmp_path: Path) -> None:
    for name, comment in (("a.py", "gitleaks:allow"), ("b.py", "leakscan:allow"), ("c.py", "nothing")):
        (tmp_path / name).write_text(f'T = "{fill("{github-token:ghp_}", name)}"  # {comment}\n')
    (tmp_path / "d.py").write_text(
        f"# leakscan:allow-begin\nT = '{fill('{github-token:ghp_}', 'd')}'\n# leakscan:allow-end\n"
    )

    def found() -> list[str]:
        ran = leakscan("scan", "--format", "json", "--no-progress", cwd=tmp_path)
        return sorted(f["places"][0]["path"] for f in ran.json["findings"])

    assert found() == ["c.py"]
    (tmp_path / ".leakscan.yml").write_text("inline_markers: [leakscan]\n")
    assert found() == ["a.py", "c.py"]
    (tmp_path / ".leakscan.yml").write_text("inline_markers: [gitleaks]\n")
    assert found() == ["b.py", "c.py", "d.py"]
    (tmp_path / ".leakscan.yml").write_text("inline_markers: []\n")
    assert found() == ["a.py", "b.py", "c.py", "d.py"]
    (tmp_path / ".leakscan.yml").write_text("inline_markers: [gitleak]\n")
    ran = leakscan("scan", "--no-progress", cwd=tmp_path)
    assert ran.code == 2
    assert 'did you mean "gitleaks"?' in ran.err
