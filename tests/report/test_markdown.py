"""The Markdown report: small enough, and nothing from the repository has an effect in it."""

from __future__ import annotations

import re

import pytest
from sample_results import commit, drawn, finding, place, result, rich, rule

from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.report import markdown

ATTACKS = [
    b"<img src=x onerror=alert(1)>",
    b"![x](https://evil.example/p.png)",
    b"[click](javascript:alert(1))",
    b"`code` ``more`` |cell|",
    b"@everyone #12 https://evil.example",
    b"line\n# heading\n- item",
    b"</details></table><script>alert(1)</script>",
    b"back\\`slash\\|bar",
]


@pytest.mark.parametrize("name", ATTACKS)
def test_names_have_no_effect(name: bytes) -> None:
    brought = commit(1, author=name + b" <a@b>", subject=name)
    found = result(
        finding(drawn(1), place(FileOrigin(name), snippet="x")),
        finding(drawn(2), place(BlobOrigin("a" * 40), path=name, commit=brought)),
        notes=(name.decode().replace("\n", " "),),
    )
    text = "".join(markdown.render(found))
    tags = set(re.findall(r"(?<!\\)</?([a-z]+)", _without_code(text)))
    assert tags <= {"details", "summary", "code", "br", "https"}
    assert "](" not in re.sub(r"\\.", "", _without_code(text))
    assert not re.search(r"(?<!\\)[@!]", _without_code(text).replace("⚠️", ""))
    assert text.count("\n# ") == 0
    table = [line for line in text.split("\n") if line.startswith("| 🔴")]
    assert len(table) == 2
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in table)


def _without_code(text: str) -> str:
    """As CommonMark reads it: code spans have no markup in them."""
    return re.sub(r"(?<![`\\])(`+)(?!`)(?:.*?[^`])\1(?!`)", "", text)


@pytest.mark.parametrize("text", ["a", "`", "``a`", " a ", "a`b", "", "`a`"])
def test_a_code_span_holds_any_text(text: str) -> None:
    span = markdown.code(text)
    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert inner.strip(" ") == (text.strip(" "))


def test_what_is_too_much_is_left_out_and_said() -> None:
    found = result(*(finding(drawn(n), place(FileOrigin(b"f%d" % n))) for n in range(200)))
    text = "".join(markdown.render(found, limit=20_000))
    assert len(text.encode()) < 21_000
    assert "more findings are left out for size" in text
    assert "left out" not in "".join(markdown.render(found))


def test_the_summary_counts_and_warns() -> None:
    text = "".join(markdown.render(rich()))
    assert (
        "**4 secrets**: 🔴 1 critical, 🟠 1 high, 🟡 1 medium, 🔵 1 low. 3 known from the baseline." in text
    )
    assert "8 contents were not scanned" in text
    assert "".join(markdown.render(result())).startswith("# leakscan\n\n✅ No secrets.")


def test_rotation_is_in_it() -> None:
    text = "".join(markdown.render(result(finding(drawn(1), of=rule()))))
    assert "Rotate it: <https://acme.example/keys>" in text
    assert "1. Create a new key\\." in text
