"""Rules as SARIF describes them, with what GitHub code scanning shows of them.

See "SARIF support for code scanning" in https://docs.github.com/en/code-security
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from leakscan.model.rule import Rule, Severity

TEXT = 1024  # characters that code scanning takes in a description
NAME = 255
TAGS = 10  # as many as it keeps
# CWE-798: Use of Hard-coded Credentials. Code scanning shows tags of this form as links.
_TAGS = ("security", "secret", "external/cwe/cwe-798")
LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# Within what code scanning calls critical (> 9.0), high (7.0 to 8.9), medium (4.0 to 6.9) and low (to 3.9).
_SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}


def descriptor(rule: Rule) -> Any:
    """`rule` as a SARIF reportingDescriptor."""
    from .sarif_om_parts import om

    description = rule.description or rule.name
    return om.ReportingDescriptor(
        id=rule.id,
        name=cut(rule.name, NAME),
        short_description=om.MultiformatMessageString(text=cut(rule.name, TEXT)),
        full_description=om.MultiformatMessageString(text=cut(description, TEXT)),
        help=om.MultiformatMessageString(
            text="\n".join(_help(rule, "{}")), markdown="\n".join(_help(rule, "<{}>"))
        ),
        help_uri=next((url for url in (rule.rotate.url, *rule.references) if is_url(url)), None),
        default_configuration=om.ReportingConfiguration(level=LEVELS[rule.severity]),
        properties={
            "tags": list(dict.fromkeys((*_TAGS, *rule.tags)))[:TAGS],
            "precision": rule.confidence,
            "security-severity": _SCORES[rule.severity],
        },
    )


def is_url(text: str) -> bool:
    """Whether `text` is an absolute http(s) URL that needs no more encoding."""
    return text.isascii() and " " not in text and urlsplit(text).scheme in ("http", "https")


def cut(text: str, most: int) -> str:
    """`text`, at most `most` characters of it; an ellipsis says that there was more."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _help(rule: Rule, link: str) -> list[str]:
    """What to do, as lines. `link` is how a URL is written."""
    lines = [
        rule.description or rule.name,
        "",
        "A secret that was committed is known to others, even if it is deleted now: make it worthless first.",
        "",
    ]
    lines += [
        f"{n}. {step}" for n, step in enumerate(rule.rotate.steps or ("Revoke it where it was issued.",), 1)
    ]
    if rule.rotate.url:
        lines += [
            "",
            f"Rotate it at {link.format(rule.rotate.url) if is_url(rule.rotate.url) else rule.rotate.url}",
        ]
    if rule.references:
        lines += ["", "References:", ""]
        lines += [f"- {link.format(url) if is_url(url) else url}" for url in rule.references]
    return lines
