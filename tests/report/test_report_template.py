"""Reports by a template of the user's own: what it sees, and that it gets at nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner import leakscan
from sample_results import drawn, finding, place, result, rich

from leakscan.model.errors import DocumentError
from leakscan.model.origin import FileOrigin
from leakscan.report import template


def rendered(tmp_path: Path, source: str, name: str = "t.txt.j2", **more: bool) -> str:
    file = tmp_path / name
    file.write_text(source, encoding="utf-8")
    return "".join(template.render(rich(), file, **more))


def test_it_sees_findings_and_summary(tmp_path: Path) -> None:
    source = "{% for f in findings %}\n{{ f.rule }} {{ f.state }} {{ f.rotate.url }}\n{% endfor %}\n{{ stats.findings }}\n"
    assert rendered(tmp_path, source) == (
        "acme.api-key in HEAD https://acme.example/keys\n"
        "acme.named in history only \n"
        "acme.token in unreachable objects https://acme.example/keys\n"
        "acme.password in files \n"
        "4\n"
    )


def test_secrets_are_masked(tmp_path: Path) -> None:
    source = "{% for f in findings %}{{ f }}{% endfor %}"
    assert drawn(1).decode() not in rendered(tmp_path, source)
    assert drawn(1).decode() in rendered(tmp_path, source, show_secrets=True)


@pytest.mark.parametrize("name", ["t.html", "t.html.j2", "t.xml"])
def test_markup_is_escaped(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("{{ findings[0].places[0].path }}")
    found = result(finding(drawn(1), place(FileOrigin(b"<script>"))))
    assert "".join(template.render(found, file)) == "&lt;script&gt;"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ findings.__init__.__globals__ }}",
        "{{ findings.append(1) }}",
        "{{ findings.clear() }}",
        "{{ ''.format.__globals__ }}",
        "{{ '{0.__class__}'.format(1).x }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ range(10000000) | list }}",
        "{{ nothing }}",
        "{{ 1 / 0 }}",
        "{{ findings[99].rule }}",
        "{{ 1 + 'a' }}",
        "{% for %}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
    ],
)
def test_it_gets_at_nothing_else_and_errors_say_where(tmp_path: Path, source: str) -> None:
    with pytest.raises(DocumentError, match=r"t\.txt\.j2:\d"):
        rendered(tmp_path, "one line\n" + source)


def test_what_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        template.render(result(), tmp_path / "none")
    (tmp_path / "latin").write_bytes(b"\xe9")
    with pytest.raises(DocumentError, match="not UTF-8"):
        template.render(result(), tmp_path / "latin")


def test_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{{ findings | length }} findings\n")
    (tmp_path / "a.txt").write_text("nothing\n")
    ran = leakscan("scan", tmp_path / "a.txt", "--format", "template", "--template", tmp_path / "t.j2")
    assert (ran.code, ran.out) == (0, "0 findings\n")
    assert leakscan("scan", tmp_path / "a.txt", "--format", "template").code == 2
    assert leakscan("scan", tmp_path / "a.txt", "--template", tmp_path / "t.j2").code == 2
