"""What the rules know of a vendor that is named beside a value: whether they know the value's form."""

from __future__ import annotations

import pytest

from leakscan.filters.vendors import Form, Vendors
from leakscan.model.rule import Rule
from leakscan.rulepack.template import fill


def _rule(id: str, pattern: str, *, generic: bool = False) -> Rule:
    return Rule(
        id=id, name=id, description="", severity="high", confidence="medium", pattern=pattern, generic=generic
    )


VENDORS = Vendors(
    [
        _rule("acmecloud.token", r"(?i:acmecloud)[ =]{1,3}(?P<secret>[0-9a-f]{32})"),
        _rule("acmecloud.secret", r"\b(?P<secret>acs_(?:[0-9A-Z]{20}|[)]{4}))\b"),
        _rule("acmecloud.search-api-key", r"\b(?P<secret>ACS[0-9a-z]{28})\b"),
        _rule("duo.key", r"(?P<secret>[A-Za-z0-9]{40})"),
        _rule("front.key", r"(?P<secret>[A-Za-z0-9]{40})"),
        _rule("generic.token", r"token=(?P<secret>\w{5,100})", generic=True),
    ]
)

STRANGE = [
    ("acmecloud_token", "", "{base62:33}", "acmecloud"),
    ("acmecloudToken", "", "{base62:16}?{base62:15}", "acmecloud"),
    ("ACMECLOUDTOKEN", "", "{base62:30}", "acmecloud"),
    ("DUO_SECRET_KEY", "", "{base62:32}", "duo"),
    ("ACMECLOUD_SEARCH_API_KEY", "", "{base62:26}", "acmecloud"),
    ("front_key", "", "{base62:32}", "front"),
    ("duo_token", "", "{base62:16}%{base62:15}", "duo"),  # no token at all holds such a sign
    ("Key", "calling the acmecloud API\nusing ", "{base62:30}", "acmecloud"),
]
KNOWN = [
    ("acmecloud_token", "", "{hex:32}"),
    ("acmecloud_token", "", "{base62:32}"),  # the length is right, and letters are letters
    ("acmecloud_secret", "", "acs_{uppernum:20}"),
    ("token", "", "{base62:30}"),  # nobody is named
    ("duo_token", "", "{base62:32}"),  # keys are all that is known of them
    ("acmecloudUserCounter", "", "{base62:30}"),  # the name says something else
    ("duologue_token", "", "{base62:30}"),  # another word
    ("key", "in front of the door\n", "{base62:30}"),  # a word
    ("key", "acmecloud\n\n\n", "{base62:30}"),  # too far away
]


@pytest.mark.parametrize(("name", "near", "secret", "vendor"), STRANGE)
def test_a_value_of_no_known_form_is_a_stranger_to_its_vendor(
    name: str, near: str, secret: str, vendor: str
) -> None:
    assert VENDORS.stranger(name.encode(), near.encode(), fill(secret, name).encode()) == vendor


@pytest.mark.parametrize(("name", "near", "secret"), KNOWN)
def test_what_a_vendor_knows_or_nobody_is_named_for_is_none(name: str, near: str, secret: str) -> None:
    assert VENDORS.stranger(name.encode(), near.encode(), fill(secret, name).encode()) is None


def test_a_form_is_lengths_and_signs() -> None:
    form = Form.of(r"[0-9a-f]{4}-[0-9a-f]{4,8}")
    assert (form.shortest, form.longest, form.signs) == (9, 13, frozenset(b"-"))
    assert form.fits(b"ABCD-wxyz")
    assert not form.fits(b"ABCD_wxyz")
    assert not form.fits(b"ABCD-wxyz-wxyz")


def test_a_form_may_have_a_structure() -> None:
    form = Form.of(r"[0-9a-f]{4}", (lambda secret: secret.startswith(b"1"),))
    assert form.fits(b"1abc")
    assert not form.fits(b"2abc")


def test_the_structure_is_that_of_the_rules_checks() -> None:
    rule = Rule(
        id="atlassian.pat", name="", description="", severity="high", confidence="medium", checks=("even", "has-digit"),
        pattern=r"(?i:atlassian)=(?P<secret>[0-9]{8})",
    )  # fmt: skip
    vendors = Vendors([rule], {"even": lambda secret: int(secret) % 2 == 0})
    assert vendors.stranger(b"atlassian_token", b"", b"12345678") is None
    assert vendors.stranger(b"atlassian_token", b"", b"12345679") == "atlassian"
    assert vendors.stranger(b"jira_token", b"", b"12345679") == "jira"


def test_what_begins_as_tokens_of_a_vendor_that_is_named_must_be_like_them() -> None:
    vendors = Vendors([_rule("lakehouse.token", r"\b(?P<secret>dapi[0-9a-f]{32})\b")])
    right, wrong = fill("dapi{hex:32}", "right").encode(), fill("dapi{hex:31}", "letter").encode() + b"g"
    assert vendors.stranger(b"LAKEHOUSE_TOKEN", b"", right) is None
    assert vendors.stranger(b"LAKEHOUSE_TOKEN", b"", fill("{base62:36}", "another").encode()) is None
    assert vendors.stranger(b"LAKEHOUSE_TOKEN", b"", wrong) == "lakehouse"
    assert vendors.stranger(b"TOKEN", b"", wrong) is None


def test_what_a_token_begins_with_names_its_vendor() -> None:
    rules = [
        _rule("npm.token", r"\b(?P<secret>npm_[0-9A-Za-z]{36})\b"),
        _rule("ocean.token", r"\b(?P<secret>dop_v1_[0-9a-f]{64})\b"),
        _rule("b.key", r"(?P<secret>live_[a-z]{30})"),
    ]
    vendors = Vendors(rules)
    assert vendors.stranger(b"token", b"", fill("npm_{base62:20}", "short").encode()) == "npm"
    assert vendors.stranger(b"token", b"", fill("npm_{base62:17}?{base62:18}", "sign").encode()) == "npm"
    assert (
        vendors.stranger(
            b"token", b"", fill("npm_{base62:30}_{base62:5}", "sign of what it begins with").encode()
        )
        == "npm"
    )
    assert vendors.stranger(b"token", b"", fill("npm_{base62:60}", "newer").encode()) is None
    assert vendors.stranger(b"token", b"", fill("dop_v1_{hex:64}", "right").encode()) is None
    assert vendors.stranger(b"token", b"", fill("dop_v1_{hex:40}{lower:24}", "letter").encode()) == "ocean"
    assert vendors.stranger(b"token", b"", fill("live_{base62:20}", "anybody").encode()) is None
