"""The file of a baseline: what it looks like, what git makes of it, what is wrong with it."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_results import drawn, finding, result, rich, rule

from leakscan.baseline import create, dump, load, save, update
from leakscan.baseline.positions import Object, Syntax, parse
from leakscan.model.errors import DocumentError, LeakscanError

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.baseline import Baseline

SALT = bytes(range(16))
A, B = (f"hmac-sha256:{digit * 64}" for digit in "ab")


def known(*numbers: int) -> Baseline:
    return create(result(*(finding(drawn(n)) for n in numbers)), salt=SALT)


def test_the_file_is_what_the_documentation_says() -> None:
    id = known(1).entries[0].id
    assert dump(known(1)) == (
        '{\n"schema": "leakscan-baseline/1",\n"salt": "00010203-0405-0607-0809-0a0b0c0d0e0f",\n"scope": "tree",\n'
        f'"findings": [\n{{"id": "{id}", "rule": "acme.api-key"}},\n{{}}\n]}}\n'
    )


@pytest.mark.parametrize("baseline", [known(), known(1), known(*range(50)), create(rich())])
def test_what_is_saved_is_loaded(tmp_path: Path, baseline: Baseline) -> None:
    save(baseline, tmp_path / "b.json")
    assert load(tmp_path / "b.json") == baseline
    assert json.loads(dump(baseline))["schema"] == "leakscan-baseline/1"


def test_nothing_in_it_betrays_a_secret_or_a_place() -> None:
    text = dump(create(rich()))
    for n in (1, 3, 4):
        assert drawn(n).decode() not in text
        assert drawn(n)[:4].decode() not in text
    assert "settings.py" not in text
    assert not any(f.fingerprint in text for f in rich().findings)


def test_a_new_secret_adds_one_line_and_changes_none() -> None:
    before = dump(known(*range(20))).splitlines()
    after = dump(known(*range(21))).splitlines()
    assert len(after) == len(before) + 1
    assert [line for line in after if line in before] == before


def test_reasons_and_any_order_and_layout_are_read(tmp_path: Path) -> None:
    entries = [{"id": B, "rule": "r", "reason": "test ä"}, {}, {"rule": "r", "id": A}, {"id": A, "rule": "r"}]
    path = tmp_path / "b.json"
    for indent in (None, 4):
        path.write_text(
            json.dumps(
                {
                    "findings": entries,
                    "scope": "part",
                    "salt": str(uuid.UUID(bytes=SALT)),
                    "schema": "leakscan-baseline/1",
                },
                indent=indent,
            )
        )
        assert [(e.id, e.reason) for e in load(path).entries] == [(A, ""), (B, "test ä")]


def merge(
    tmp_path: Path, base: Baseline, ours: Baseline, theirs: Baseline, *options: str
) -> tuple[int, Path]:
    paths = [tmp_path / name for name in ("ours", "base", "theirs")]
    for path, baseline in zip(paths, (ours, base, theirs), strict=True):
        save(baseline, path)
    done = subprocess.run(["git", "merge-file", *options, *map(str, paths)], cwd=tmp_path, check=False)
    return done.returncode, paths[0]


def test_git_merges_what_two_branches_added_and_removed(tmp_path: Path) -> None:
    conflicts, merged = merge(tmp_path, known(*range(60)), known(*range(1, 61)), known(*range(60), 61))
    assert conflicts == 0
    assert load(merged) == known(*range(1, 62))


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_a_union_merge_is_always_readable(
    tmp_path_factory: pytest.TempPathFactory, base: set[int], ours: set[int], theirs: set[int]
) -> None:
    path = tmp_path_factory.mktemp("merge")
    _, merged = merge(path, known(*base), known(*base, *ours), known(*base, *theirs), "--union")
    assert load(merged) == known(*base, *ours, *theirs)


def test_a_conflict_says_what_to_do(tmp_path: Path) -> None:
    conflicts, merged = merge(tmp_path, known(), known(1), known(2))
    assert conflicts == 1
    problems = problems_of(merged)
    assert [line for line, _, _ in problems] == [6, 8, 10]
    assert all("baseline update" in message for _, _, message in problems)


def problems_of(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


def test_all_problems_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(
        "{\n"
        '"schema": "leakscan-baseline/9",\n'
        '"salt": "xyz",\n'
        '"scope": "moon",\n'
        '"extra": 1,\n'
        '"salt": "00",\n'
        '"findings": [\n'
        f'{{"id": "{A}", "rule": "r"}},\n'
        '{"id": "short", "rule": 7},\n'
        f'{{"id": "{B}", "note": "x"}},\n'
        '"text",\n'
        "{}\n]}\n"
    )
    assert [(line, key) for line, key, _ in problems_of(path)] == [
        (2, "schema"),
        (3, "salt"),
        (4, "scope"),
        (5, "extra"),
        (6, "salt"),
        (7, "findings[3]"),
        (9, "findings[1].id"),
        (9, "findings[1].rule"),
        (10, "findings[2].note"),
        (10, "findings[2].rule"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "object"),
        (b"[]", 1, "object"),
        (b'{"schema": 1}', 1, "must be a text"),
        (b'{\n"findings": [\n{"id": tru}\n]}', 3, "Expecting value"),
        (b'{\n"a": 1\n"b": 2}', 3, "comma"),
        (b'{"a" 1}', 1, "colon"),
        (b"{a: 1}", 1, "double quotes"),
        (b'{"a": 1,}', 1, "double quotes"),
        (b"{}\n\n{}", 3, "after the end"),
        (b'{"a":\n' + b"[" * 100_000, 2, "nested too deeply"),
        (b'{"a": ' + b"1" * 10_000 + b"}", 1, "limit"),
        (b'\xff{"a": 1}', 1, "not UTF-8"),
    ],
)
def test_what_is_no_baseline_is_an_error_with_its_line(
    tmp_path: Path, content: bytes, line: int, message: str
) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    problems = problems_of(path)
    assert any(at == line and message in text for at, _, text in problems), problems


def test_missing_keys_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{}")
    assert [key for _, key, _ in problems_of(tmp_path / "b.json")] == ["schema", "salt", "scope", "findings"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    ((line, _, message),) = problems_of(tmp_path / "none.json")
    assert line == 0
    assert "leakscan baseline create" in message


def test_where_no_file_can_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LeakscanError, match=re.escape("cannot be written")):
        save(known(), tmp_path / "missing" / "b.json")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def plain(value: object) -> object:
    if isinstance(value, Object):
        return {key: plain(item) for key, item in value.values.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.sampled_from([None, 0, 2]))
def test_the_parser_reads_what_json_reads(value: dict[str, object], indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    found = parse(text)
    assert plain(found) == value
    assert all(text.startswith(json.dumps(key), at) for key, at in found.places.items())


@given(st.text(alphabet='{}[]",:01 \n\\ae', max_size=12).map(lambda text: "{" + text))
def test_the_parser_refuses_what_json_refuses(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(Syntax) as caught:
            parse(text)
        assert 0 <= caught.value.at <= len(text)
    else:
        parse(text)


def test_updates_of_a_loaded_file_keep_its_salt(tmp_path: Path) -> None:
    save(known(1), tmp_path / "b.json")
    done = update(load(tmp_path / "b.json"), result(finding(drawn(2), of=rule("acme.new"))))
    assert done.baseline.salt == SALT
