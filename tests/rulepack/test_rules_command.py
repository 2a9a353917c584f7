"""`leakscan rules`, through the command line's front door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packs import named, pack, read, rule

from leakscan.cli.main import main
from leakscan.rulepack.form import form
from leakscan.rulepack.template import fill


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "p.yaml"


def test_lint(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(pack(rule("zzz.key"), rule("zzy.key", severity="x")))
    assert main(["rules", "lint", "--quick", str(file)]) == 2
    out = capsys.readouterr().out
    assert f"{file}:15: error: rules[1].severity: " in out
    assert out.endswith("1 rules: 1 errors, 0 warnings\n")
    file.write_bytes(pack(rule("zzz.key")))
    assert main(["rules", "lint", str(file)]) == 0


def test_lint_knows_the_names_of_checks(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(pack(rule("zzz.key", checks="[has-digits]")))
    assert main(["rules", "lint", "--quick", str(file)]) == 2
    assert 'there is no check "has-digits"; did you mean "has-digit"?' in capsys.readouterr().out


def test_test_uses_checks_placeholders_and_requirements(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs = "[{rule: zzz.id, lines: 1}]"
    file.write_bytes(
        pack(
            rule("zzz.id", pattern="'zzzid_[0-9]{4}'", examples="['zzzid_{digits:4}']", part="true", counterexamples=""),
            named("zzz.key", requires=needs, examples="[\"zzzid_{digits:4}\\nglobex={hex:32}\"]",
                  counterexamples="['globex={hex:32}', \"zzzid_{digits:4}\\n\\n\\nglobex={hex:32}\"]"),
            rule("zzz.token", pattern="'zzz_[0-9a-f]{16}'", examples="['zzz_{hex:16}']",
                 counterexamples="['zzz_0000000000000000']", checks="[has-digit]"),
        )
    )  # fmt: skip
    assert main(["rules", "test", str(file)]) == 0, capsys.readouterr().out
    file.write_bytes(pack(rule("zzz.key", counterexamples="['acme_{hex:32}']")))
    assert main(["rules", "test", str(file)]) == 2
    assert "1 rules: 1 failures\n" in capsys.readouterr().out
    file.write_bytes(pack(rule("zzz.key", examples="", counterexamples="")))
    assert main(["rules", "test", str(file)]) == 0
    assert "0 failures; 1 without examples" in capsys.readouterr().out


def test_list_and_show(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(pack(rule("zzz.key", entropy="3.5")))
    assert main(["rules", "list", "--rules", str(file)]) == 0
    (line,) = (one for one in capsys.readouterr().out.splitlines() if one.startswith("zzz.key "))
    assert line.split() == ["zzz.key", "high", "high", "Acme", "key"]
    assert main(["rules", "list", "--format", "json", "--rules", str(file)]) == 0
    by_id = {r["id"]: r for r in json.loads(capsys.readouterr().out)}
    assert by_id["zzz.key"]["entropy"] == 3.5
    assert by_id["zzz.key"]["rotate"] == {"url": "https://example.com/keys", "steps": ["Make a new one"]}
    assert main(["rules", "show", "zzz.key", "--rules", str(file)]) == 0
    assert "  - https://example.com/docs\n" in capsys.readouterr().out


def test_unknown_rules_and_packs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(pack(rule("zzz.key")))
    assert main(["rules", "show", "zzz.kye", "--rules", str(file)]) == 2
    assert 'no rule is called "zzz.kye"; did you mean "zzz.key"?' in capsys.readouterr().err
    assert main(["rules", "lint", str(file.parent / "none.yaml")]) == 2
    assert "none.yaml: cannot be read: No such file or directory" in capsys.readouterr().err


def test_the_form_of_a_new_rule_is_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", "zzz.api-key"]) == 0
    text = capsys.readouterr().out
    assert text == form("zzz.api-key")
    (definition,), problems = read(text.replace("https://…", "https://example.com").encode())
    assert problems == []
    assert definition.rule.id == "zzz.api-key"


def test_a_new_rule_in_a_file_is_not_put_over_another(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", "zzz.api-key", "--output", str(file)]) == 0
    assert file.read_text() == form("zzz.api-key")
    assert main(["rules", "new", "zzz.other", "--output", str(file)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_text() == form("zzz.api-key")
    assert main(["rules", "new", "zzz.key", "--output", str(file.parent / "none" / "p.yaml")]) == 2


def test_coverage_says_what_rules_lack(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(
        pack(rule("zzz.key", counterexamples=""), rule("zzz.token", pattern="'zzzt_[0-9]{8}'", rotate=""))
    )
    assert main(["rules", "coverage", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 rules"
    assert lines[lines.index("no counterexample: 1") + 1] == f"  zzz.key  {file}:2"
    assert lines[lines.index("no way to rotate: 1") + 1].startswith("  zzz.token  ")
    assert "no example: 0" in lines


def test_coverage_says_which_rules_a_corpus_never_needs(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(
        pack(
            rule("zzz.found"),
            rule("zzz.dull", pattern="'zzzd_[0-9a-f]{16}'", checks="[has-digit]"),
            rule("zzz.never", pattern="'zzzn_[0-9]{8}'"),
        )
    )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text(fill("k = acme_{hex:32}\nzzzd_" + "0" * 16 + "\n", "corpus"))
    assert main(["rules", "coverage", str(file), "--corpus", str(corpus), "--format", "json"]) == 0
    gaps = json.loads(capsys.readouterr().out)["gaps"]
    assert gaps["matches there, and nothing stands"] == ["zzz.dull"]
    assert gaps["never matches there"] == ["zzz.never"]
    assert main(["rules", "coverage", str(file), "--corpus", str(corpus / "a.txt")]) == 2


def test_the_page_has_every_rule_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(
        pack(named("zzy.key", name="'Key | of <Acme>'"), rule("zzz.key", checksum="github-crc32"))
    )
    assert main(["rules", "docs", str(file)]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `zzy.key` | Key \\| of \\<Acme\\> | high | high | name | [1](https://example.com/docs) |",
        "| `zzz.key` | Acme key | high | high | form + checksum | [1](https://example.com/docs) |",
    ]


def test_the_page_of_the_pack_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """`leakscan rules docs --output docs/rule-pack.md` makes it so."""
    kept = Path(__file__).parents[2] / "docs" / "rule-pack.md"
    assert main(["rules", "docs"]) == 0
    assert capsys.readouterr().out == kept.read_text()
