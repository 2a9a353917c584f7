"""Patterns of other engines in ours: what they match stays what they match, within the bounds that are said."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.migrate.read_regex import Dialect
from leakscan.migrate.regexes import Untranslatable, condition, rule_pattern, rule_patterns
from leakscan.rulepack.pattern import problems

# dialect, pattern, a text in which it finds, the secret there, a text in which it finds nothing
FOUND: list[tuple[Dialect, str, bytes, bytes, bytes]] = [
    ("go", r"acme_[0-9a-f]{8}", b"x acme_0123abcd", b"acme_0123abcd", b"acme_0123abc"),
    ("go", r"(?i)acme(?-i)Key=([a-z]{8})", b"ACMEKey=abcdefgh", b"abcdefgh", b"acmekey=abcdefgh"),
    ("go", r"(?i)acme|globex[0-9]{3}", b"GLOBEX123", b"GLOBEX123", b"GLOB"),
    ("go", r"acme(?i:key)[[:digit:]]{3}", b"acmeKEY123", b"acmeKEY123", b"ACMEkey123"),
    ("go", r"key[[:^alpha:]]{3}", b"key123", b"key123", b"keyabc"),
    ("go", r"acme\Q.*\E[0-9]{2}", b"acme.*12", b"acme.*12", b"acmexx12"),
    ("go", r"key{,3}[a-z]{4}", b"key{,3}abcd", b"key{,3}abcd", b"keyabcd"),
    ("go", r"token=\x{e9}[a-z]{3}", b"token=\xc3\xa9abc", b"token=\xc3\xa9abc", b"token=\xe9abc"),
    ("go", r"clé=[éa-c]{3}", "clé=éab".encode(), "clé=éab".encode(), b"cle=abc"),
    ("go", r"(?s)begin.{3}end", b"begin\n\n\nend", b"begin\n\n\nend", b"begin\n\nend"),
    ("go", r"begin.{3}end", b"beginabcend", b"beginabcend", b"begin\n\n\nend"),
    ("go", r"(?U)acme[a-z]+(=)", b"acmexyz=", b"acmexyz=", b"acme="),
    ("go", r"key\z|secret[0-9]{2}", b"a key", b"key", b"key a"),
    ("go", r"(AKIA|ASIA)[A-Z]{8}", b"AKIAABCDEFGH", b"AKIAABCDEFGH", b"AKIAABCDEFG"),
    ("go", r"pa(ss)(word)? = (\w{8,20})", b"pass = abcdefghij", b"abcdefghij", b"pass = abc"),
    (
        "rust",
        "(?x) acme [_-] # the vendor\n (?P<TOKEN> [a-f]{6} [#] )",
        b"acme_abcdef#",
        b"acme_abcdef#",
        b"acme_abcde#",
    ),
    ("rust", r"acme[\p{Nd}]{4}", b"acme1234", b"acme1234", b"acmeabcd"),
    ("perl", r"pass(?:word)?=\K\S{4,9}", b"password=hunter", b"hunter", b"password=abc"),
    ("perl", r"(?<=key=|token=)[a-z]{5}", b"token=abcde", b"abcde", b"other=abcde"),
    ("perl", r"(?<!no|non)key[0-9]{3}", b"a key123", b"key123", b"nokey123"),
    ("perl", r"acme(?>a|ab)c1", b"acmeac1", b"acmeac1", b"acmeabc1"),
    ("perl", r"acme\h+[0-9]++x", b"acme \t12x", b"acme \t12x", b"acme\n12x"),
    ("python", r"acme(?#why)[0-9]{3}", b"acme123", b"acme123", b"acme12"),
    ("python", r"(?P<value>[a-z]{8}) is acme", b"abcdefgh is acme", b"abcdefgh", b"abc is acme"),
    ("ere", r"acme[[:space:]]*=[[:space:]]*[A-Za-z\/+=]{4}", b"acme = ab/+", b"acme = ab/+", b"acme = ab!!"),
    ("ere", r"\<acme\>[]x]{2}", b"acme]x", b"acme]x", b"acmes]x"),
    ("ere", r"acme[\d]{2}", rb"acme\d", rb"acme\d", b"acme12"),
    ("ere", r"^acme=[0-9]{3}$", b"a\nacme=123\nb", b"acme=123", b"x acme=123\n"),
]


@pytest.mark.parametrize(("dialect", "text", "hit", "secret", "miss"), FOUND, ids=[f[1][:40] for f in FOUND])
def test_it_finds_what_it_found(dialect: Dialect, text: str, hit: bytes, secret: bytes, miss: bytes) -> None:
    done = rule_pattern(text, dialect, lines=dialect == "ere")
    assert not problems(done.pattern)
    for engine in (re, regex):
        found = engine.search(done.pattern.encode(), hit)
        assert found is not None
        assert (found["secret"] if "secret" in found.re.groupindex else found[0]) == secret
        assert engine.search(done.pattern.encode(), miss) is None


@pytest.mark.parametrize(
    ("dialect", "text", "why"),
    [
        ("perl", r"(['\"])acme.*\1", "back-reference"),
        ("perl", r"(?P<q>a)acme(?P=q)", "back-reference"),
        ("perl", r"(acme(?R)?)", "recursion"),
        ("perl", r"(?(1)acme|b)", "condition"),
        ("perl", r"(*SKIP)acme", "verb"),
        ("go", r"\p{Greek}acme", "Unicode class"),
        ("go", r"(acme", "does not end"),
        ("go", r"acme)", "too many"),
        ("go", r"[a-", "does not end"),
        ("go", r"*acme", "nothing to repeat"),
        ("go", r"[z-a]x", "backwards"),
        ("go", r".*", "nothing at all"),
        ("go", r"[a-z]{2000}", "2000 bytes"),
        ("go", r"acme\\"[:-1], "backslash at the end"),
        ("rust", r"[a-z&&[^b]]{4}", "operations on classes"),
        ("ere", r"(a)\1acme", "back-reference"),
        ("go", "(" * 200 + "a" + ")" * 200, "nested too deep"),
        ("go", "a" * 30_000, "longer than"),
        ("go", "a{5,2}", "repetition"),
    ],
)
def test_what_cannot_be_said_has_a_reason(dialect: Dialect, text: str, why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        rule_pattern(text, dialect)


def test_every_alternative_with_a_secret_of_its_own_is_a_pattern() -> None:
    text = r"acme=(?:'([a-z]{8,20})'|\"([A-Z]{8,20})\")"
    assert [t.pattern for t in rule_patterns(text, "go")] == [
        "acme='(?P<secret>[a-z]{8,20})'",
        'acme="(?P<secret>[A-Z]{8,20})"',
    ]
    assert len(rule_patterns(r"(?i)acme=(?:'([a-z]{8,20})'|none)", "go")) == 1
    assert len(rule_patterns(r"acme=([a-z]{8,20})?;", "go")) == 1
    assert len(rule_patterns(r"acme=([a-z]{8,20});", "go")) == 1


def test_limits_are_said_and_leave_most_to_the_secret() -> None:
    done = rule_pattern(r"[a-z]+key\s*[:=]\s*['\"]([\w-]{20,})['\"]", "go")
    assert done.notes == ("repetitions without an end go up to 20 or 250, so that a match has one",)
    assert "(?P<secret>[\\-0-9A-Z_a-z]{20,250})" in done.pattern
    assert (
        rule_pattern(r"-----BEGIN KEY-----[\s\S]+?-----END KEY-----", "go")
        .notes[0]
        .startswith("repetitions without an end go up to 8000")
    )
    assert rule_pattern("acme[0-9]{3,9}", "go").notes == ()


def test_limits_of_their_own_are_kept_as_long_as_the_rest_has_room() -> None:
    done = rule_pattern(r"(?:user|uid)\s*=\s*([a-z]{3,100})\s*;\s*(?:[a-z0-9-]+\.)+acme", "go")
    assert "(?P<secret>[a-z]{3,100})" in done.pattern
    assert len(done.notes) == 1
    wide = rule_pattern(r"x[a-z]{3,200}=([0-9]{3,200})", "go")
    assert wide.notes == ("repetitions of up to 200 go up to 100, so that a match is not too long",)


def test_what_is_optional_around_the_secret_goes() -> None:
    assert rule_pattern(r".*acme=([a-z]{8}).*", "go").pattern == "acme=(?P<secret>[a-z]{8})"
    assert rule_pattern(r"\s+acme=([a-z]{8})\s*", "go").pattern == "\\s{1}acme=(?P<secret>[a-z]{8})"
    assert rule_pattern(r".*acme=[a-z]{8}", "go", group=0).pattern == ".{0,250}acme=[a-z]{8}"


def test_the_group_that_is_the_secret() -> None:
    text = r"(acmevendor)=([a-z]{8})"
    assert "(?P<secret>acmevendor)" in rule_pattern(text, "go").pattern
    assert "(?P<secret>[a-z]{8})" in rule_pattern(text, "go", group=2).pattern
    assert "secret" not in rule_pattern(text, "go", group=0).pattern
    gone = rule_pattern(text, "go", group=7)
    assert "secret" not in gone.pattern
    assert "no group 7" in gone.notes[0]
    either = rule_pattern(r"acme=(?:'([a-z]{8})'|\"([A-Z]{8})\")", "go")
    assert either.notes == ("no group is in every match, so the secret is the whole match",)


PATTERNS = [
    r"ab+c?", r"(?:a|b|cd){2}", r"[^ab]c", r"a\.b|c$", r"^ab", r"(?i)aB|Cd", r"\ba\b", r"a{2,3}?b", r"(?s)a.b",
    r"\w\s\d|\W\S\D", r"[\]\\^-]a", r"a(?=b)|(?<=c)d", r"(?i:a)b", r"[a-c\d]{2}", r"(?m)^a$", r"x*a", r"[ -~]b",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATTERNS), st.text(alphabet="abcdABCD xyz0.]\\^-\n", max_size=12))
def test_a_condition_says_what_the_expression_said(pattern: str, text: str) -> None:
    ours = condition(pattern, "python")
    for engine in (re, regex):
        found = engine.search(ours.encode(), text.encode())
        expected = re.search(pattern.encode(), text.encode())
        assert (found and found.span()) == (expected and expected.span())


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="ab01()[]{}|*+?.^$\\-:=!<>PiQEdwsbx,&# \né", max_size=16),
    st.sampled_from(["go", "rust", "perl", "ere"]),
)
def test_any_text_is_translated_or_refused(text: str, dialect: Dialect) -> None:
    try:
        done = rule_pattern(text, dialect)
    except Untranslatable:
        return
    assert not problems(done.pattern)
    regex.compile(done.pattern.encode())
