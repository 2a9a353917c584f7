"""Names and values: in which syntaxes the value behind a name is found, and where it is not."""

from __future__ import annotations

import re

import pytest
from packs import named, pack, read

from leakscan.rulepack.template import fill
from leakscan.rulepack.width import NEAR, measure

HEX = fill("{hex:32}", "a")
KEY = fill("{base64:44}", "a")


def find(text: str, **keys: str) -> list[str]:
    (definition,), problems = read(pack(named(**keys)))
    assert problems == []
    pattern = re.compile(definition.rule.pattern.encode())
    return [m["secret"].decode() for m in pattern.finditer(text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        "GLOBEX_API_KEY={}",
        "export GLOBEX_TOKEN='{}'",
        "globex: {}",
        'globexApiKey := "{}"',
        'globex_key: str = "{}"',
        'globex_key: Optional[str] = "{}"',
        'const string GlobexKey = @"{}";',
        "globex_key == '{}'",
        "globex['api_key'] = \"{}\"",
        "os.environ[\"GLOBEX_KEY\"] = '{}'",
        "GLOBEX_KEY ?= {}",
        "globex.key->{}",
        "'globex_key' => '{}',",
        '{{"globex_key": "{}"}}',
        '{{\\"globex_key\\": \\"{}\\"}}',
        '{{"globex-key":"{}"}}',
        '{{"globex": {{"api_key": "{}"}}}}',
        '{{"name": "GLOBEX_KEY", "value": "{}"}}',
        "globex:\n  secret: {}",
        "- name: GLOBEX_TOKEN\n  value: {}",
        "<globex.key>{}</globex.key>",
        '<add key="GlobexKey" value="{}"/>',
        "<key>GlobexKey</key>\n\t<string>{}</string>",
        "X-Globex-Key: {}",
        '-H "Globex-Authorization: Bearer {}"',
        '-H "X-Globex: Token token={}"',
        "globex-cli --globex-token {}",
        "globex token {}",
        "ENV GLOBEX_KEY {}",
        "setGlobexKey('{}')",
        "define('GLOBEX_KEY', '{}');",
        'key = os.getenv("GLOBEX_KEY", "{}")',
        'globex_key = decode("{}")',
        "globex_key = (\n    '{}'",
        "globex_key = \\\n    '{}'",
        "GLOBEX_KEY=${{GLOBEX_KEY:-{}}}",
        "| globex key | {} |",
        "https://api.globex.io/v1/things?page=1&api_key={}&x=y",
        "https://globex.io/?token={}",
        "globex_key=&quot;{}&quot;",
        'globex_key = b"{}"',
        "globex_key = `{}`",
        "globex_key = '{}'.",
    ],
)
def test_syntaxes(text: str) -> None:
    assert find(text.format(HEX)) == [HEX]


@pytest.mark.parametrize(
    "text",
    [
        "other_key={}",
        "globex\n\n\n{}",
        "globex:\n  url: x\n  api_key: {}",
        "globex_key = {}a",
        "globex_key = {}-b",
        "globex_key = {}.js",
        "globex_key = {}(x)",
        "globex_key = x{}",
        "globex did something that has nothing whatever to do with {}",
        "globex\nsha256: {}",
    ],
)
def test_where_it_is_not(text: str) -> None:
    assert find(text.format(HEX)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABC_KEY={}", True),
        ("my_abc_key={}", True),
        ("abcToken={}", True),
        ("abctoken={}", True),
        ("MYABC={}", False),
        ("abcdef={}", False),
    ],
)
def test_short_names_are_whole_words(text: str, expected: bool) -> None:
    assert bool(find(text.format(HEX), names="[abc]")) == expected


def test_short_and_long_names_together() -> None:
    for text in ("ABC_KEY={}", "longname={}"):
        assert find(text.format(HEX), names="[abc, longname]") == [HEX]


def test_the_boundary_knows_the_alphabet_of_the_value() -> None:
    value = "'[0-9A-Za-z+/]{43}='"
    assert find(f"globex = {KEY}", value=value) == [KEY]
    assert find(f"globex = {KEY}=", value=value) == []
    assert find(f"globex = {HEX}=", value="'[0-9a-f]{32}'") == [HEX]


def test_every_match_fits_the_window_of_a_near_rule() -> None:
    (definition,), _ = read(
        pack(named(names="[globex, 'a_very_long_name_of_a_vendor']", value="'[0-9a-f]{128}'"))
    )
    assert definition.prepared.shape == measure(definition.rule.pattern)
    assert definition.prepared.shape.max_len <= NEAR
