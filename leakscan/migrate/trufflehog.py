"""trufflehog: custom detectors and files of excluded paths.

https://docs.trufflesecurity.com/custom-detectors
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import convert, files
from .outcome import NewRule, line_of, place, printable, strings, tables

if TYPE_CHECKING:
    from pathlib import Path

    from .outcome import Bag

TOOL = "trufflehog"
LINES = 10  # within which the expressions of one detector must match
_DETECTOR = {
    "name", "keywords", "regex", "primary_regex_name", "exclude_words", "exclude_regexes_capture", "exclude_regexes_match",
    "entropy", "validations", "verify", "description",
}  # fmt: skip


def config(bag: Bag, path: Path) -> None:
    """Custom detectors."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.yaml(bag, name, text)
    if isinstance(document, list):  # detectors alone, as collections of them are handed around
        document = {"detectors": document}
    if not isinstance(document, dict):
        return
    for key in document.keys() - {"detectors"}:
        why = (
            "says what to scan; leakscan scans the repository"
            if key == "sources"
            else "is no setting of trufflehog's"
        )
        bag.leave(place(name, line_of(text, f"{key}:")), key, why)
    for detector in tables(document.get("detectors")):
        called = str(detector.get("name") or "")
        _detector(bag, place(name, line_of(text, called)), called, detector)


def _detector(bag: Bag, where: str, called: str, detector: dict[str, Any]) -> None:
    for key in sorted(detector.keys() - _DETECTOR):
        bag.leave(where, f"detector {called}, {key}", "an unknown key")
    if detector.get("verify"):
        bag.leave(where, f"detector {called}, verify", "leakscan sends no secret anywhere")
    if detector.get("validations"):
        bag.leave(
            where,
            f"detector {called}, validations",
            "write them into the pattern, or as `checks` of the rule",
        )
    regexes = detector.get("regex")
    if not isinstance(regexes, dict) or not regexes:
        bag.leave(where, f"detector {called}", "has no expression")
        return
    primary = detector.get("primary_regex_name")
    if primary not in regexes:
        primary = next(iter(regexes))
    others = [key for key in regexes if key != primary]
    required: list[tuple[str, int]] = []
    for key in [*others, primary]:
        pattern = convert.pattern(bag, where, f"{called}, {key}", str(regexes[key]), "go")
        if pattern is None:
            if key == primary:
                return
            continue
        id = bag.rule_id(TOOL, called if key == primary else f"{called}-{key}")
        if key != primary:
            required.append((id, LINES))
        bag.rules.append(
            NewRule(
                id=id,
                name=printable(called if key == primary else f"{called}, {key}"),
                description=printable(str(detector.get("description") or "")),
                pattern=pattern,
                where=where,
                part=key != primary,
                keywords=convert.keywords(bag, where, called, strings(detector.get("keywords")), pattern),
                requires=tuple(required) if key == primary else (),
                entropy=_entropy(detector) if key == primary else None,
                allow_words=tuple(strings(detector.get("exclude_words"))),
                allow_secrets=convert.conditions(
                    bag, where, strings(detector.get("exclude_regexes_capture")), "go"
                ),
                allow_lines=convert.conditions(
                    bag, where, strings(detector.get("exclude_regexes_match")), "go"
                ),
            )
        )
    if required:
        bag.change(
            where, f"detector {called}", f"its expressions must match within {LINES} lines of each other"
        )


def _entropy(detector: dict[str, Any]) -> float | None:
    value = detector.get("entropy")
    return min(float(value), 8.0) if isinstance(value, int | float) and value > 0 else None


def exclude_file(bag: Bag, path: Path) -> None:
    """Expressions over paths, one a line (`--exclude-paths`)."""
    text = files.read(bag, path)
    name = bag.name(path)
    for number, line in files.lines(text or ""):
        convert.exclude(bag, convert.paths(bag, place(name, number), [line]))
