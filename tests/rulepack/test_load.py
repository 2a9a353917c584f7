"""Loading packs: the built-in one, the user's, overriding, and the cache."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

import pytest
from packs import named, pack, rule

from leakscan.model.errors import DocumentError, UsageError
from leakscan.rulepack.load import describe, literals_of, load
from leakscan.rulepack.select import select
from leakscan.rulepack.stored import pattern_key
from leakscan.rulepack.width import literals, measure

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(directory))
    return directory


def write(path: Path, *rules: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pack(*rules))
    return path


def ids(*paths: Path) -> list[str]:
    return [r.id for r in load(paths, builtin=False).rules]


def messages(*paths: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load(paths, builtin=False)
    return [str(p) for p in caught.value.problems]


def test_files_and_directories(tmp_path: Path) -> None:
    write(tmp_path / "packs" / "b.yaml", rule("b.key"))
    write(tmp_path / "packs" / "a.yml", rule("c.key", pattern="ccc_x"))
    (tmp_path / "packs" / "notes.txt").write_text("not a pack")
    one = write(tmp_path / "one.rules", rule("a.key", pattern="aaa_x"))
    assert ids(tmp_path / "packs", one) == ["a.key", "b.key", "c.key"]


def test_the_scan_path_carries_no_documentation(tmp_path: Path) -> None:
    file = write(
        tmp_path / "p.yaml", rule(), named("b.key", entropy="3.0", requires="[{rule: acme.key, lines: 2}]")
    )
    for _ in ("cold", "warm"):
        rule_set = load([file], builtin=False)
        first, second = rule_set.rules
        assert (first.id, first.description, first.examples, first.references) == ("acme.key", "", (), ())
        assert first.rotate.url == ""
        assert second.requires[0].rule == "acme.key"
        assert [measure(r.pattern) for r in rule_set.rules] == rule_set.shapes(rule_set.rules)
        whole = describe(rule_set, rule_set.rules)
        assert whole["acme.key"].description == "Opens the gate."
        assert whole["acme.key"].rotate.steps == ("Make a new one",)
        assert {pattern_key(r.pattern): literals(r.pattern) for r in rule_set.rules} == literals_of(rule_set)
        assert pickle.loads(pickle.dumps(rule_set)) == rule_set


def test_the_cache_answers_what_reading_answers(tmp_path: Path, cache: Path) -> None:
    file = write(
        tmp_path / "p.yaml", rule(allow="{words: [x]}", tags="[a]"), named("b.key", checks="[has-digit]")
    )
    cold = load([file], builtin=False)
    assert sorted(p.stat().st_mode & 0o777 for p in cache.iterdir()) == [0o600] * 4
    assert load([file], builtin=False) == cold


@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"x" * 4000, b"0" * 32 + b'\n{"rules": []}'])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, cache: Path, damage: bytes) -> None:
    file = write(tmp_path / "p.yaml", rule())
    cold = load([file], builtin=False)
    for stored in cache.iterdir():
        stored.write_bytes(damage)
    assert load([file], builtin=False) == cold
    assert describe(cold, cold.rules)["acme.key"].description == "Opens the gate."
    assert all(stored.read_bytes() != damage for stored in cache.iterdir())


def test_a_flipped_byte_is_noticed(tmp_path: Path, cache: Path) -> None:
    file = write(tmp_path / "p.yaml", rule())
    cold = load([file], builtin=False)
    for stored in cache.iterdir():
        stored.write_bytes(stored.read_bytes().replace(b"acme.key", b"acme.kee"))
    assert load([file], builtin=False) == cold


def test_rules_that_the_cache_has_lost_meanwhile_are_read_from_the_packs(tmp_path: Path, cache: Path) -> None:
    file = write(tmp_path / "p.yaml", rule(), named("b.key"))
    cold = load([file], builtin=False)
    warm, another = load([file], builtin=False), load([file], builtin=False)
    for stored in cache.iterdir():
        stored.unlink()
    assert pickle.loads(pickle.dumps(warm)) == cold
    for stored in cache.iterdir():
        stored.unlink()
    write(tmp_path / "p.yaml", rule(entropy="3.0"), named("b.key"))
    with pytest.raises(UsageError, match="changed while"):
        list(another.rules)


def test_no_rules_at_all(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("rules: []")
    assert [list(load([tmp_path / "p.yaml"], builtin=False).rules) for _ in ("cold", "warm")] == [[], []]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "p.yaml", rule())
    (tmp_path / "blocked").write_text("a file where the directory should be")
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(tmp_path / "blocked"))
    rule_set = load([file], builtin=False)
    assert describe(rule_set, rule_set.rules)["acme.key"].examples == ("k = acme_{hex:32}",)


def test_the_digest_follows_detection_alone(tmp_path: Path) -> None:
    texts = (rule(), rule(description="Something else."), rule(entropy="3.0"), rule(confidence="low"))
    digests = [load([write(tmp_path / "p.yaml", text)], builtin=False).digest for text in texts]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_pack_replaces_a_rule_only_when_it_says_so(tmp_path: Path) -> None:
    first = write(tmp_path / "a.yaml", rule())
    again = write(tmp_path / "b.yaml", rule(pattern="acme_other"))
    assert messages(first, again) == [
        f"{again}:2: rules[0].id: is already at {first}:2; write `override: true` to replace that rule"
    ]
    write(again, rule(pattern="acme_other", override="true"))
    assert [r.pattern for r in load([first, again], builtin=False).rules] == ["acme_other"]


def test_problems_of_all_packs_at_once(tmp_path: Path) -> None:
    first = write(tmp_path / "a.yaml", rule(severity="bad"), rule("b.key", override="true"))
    second = write(tmp_path / "b.yaml", rule("c.key", confidence="bad"))
    found = messages(first, second)
    assert [m.split(": ")[0] for m in found] == [f"{first}:5", f"{first}:22", f"{second}:6"]
    assert 'rules[1].override: no rule "b.key" comes before that it could replace' in found[1]


def test_what_a_rule_requires_must_exist(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.yaml", rule("acme.id"), rule("acme.key", requires="[{rule: acme.idd, lines: 1}]")
    )
    assert messages(file) == [
        f'{file}:22: rules[1].requires[0].rule: no rule is called "acme.idd"; did you mean "acme.id"?'
    ]
    write(file, rule("acme.id", requires="[{rule: acme.id, lines: 1}]"))
    assert "requires[0].rule: is the rule itself" in messages(file)[0]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert messages(tmp_path / "none.yaml") == [
        f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory"
    ]
    (tmp_path / "empty").mkdir()
    assert messages(tmp_path / "empty") == [
        f"{tmp_path / 'empty'}: no rule pack in here; expected files named *.yaml"
    ]


def test_a_selection_keeps_its_changes_when_described(tmp_path: Path) -> None:
    file = write(
        tmp_path / "p.yaml", rule("acme.id"), named("acme.key", requires="[{rule: acme.id, lines: 2}]")
    )
    rule_set = load([file], builtin=False)
    chosen = select(rule_set.rules, only=["acme.key"], severity={"acme.*": "low"})
    whole = describe(rule_set, chosen)
    assert [(r.id, r.severity, r.part) for r in whole.values()] == [
        ("acme.id", "low", True),
        ("acme.key", "low", False),
    ]
    assert whole["acme.id"].description == "Opens the gate."


def test_other_code_does_not_trust_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leakscan.rulepack import cache as module

    file = write(tmp_path / "p.yaml", rule())
    load([file], builtin=False)
    names = set(os.listdir(cache))
    monkeypatch.setattr(module, "_code", lambda: b"another version")
    load([file], builtin=False)
    assert len(set(os.listdir(cache)) - names) == 4
