"""Making a leaked secret worthless: the steps of its rule, and the answer whether it was done.

Rotation is what protects; the purge is hygiene after it. Answers are kept in the git directory, by fingerprint (a keyed
hash, see `Secret.fingerprint`), readable by the user alone.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Literal, get_args

from leakscan.model.atomic import replace_file
from leakscan.model.errors import UsageError
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leakscan.git.repository import Repository
    from leakscan.model.rule import Rule
    from leakscan.purge.model import SecretRef

Answer = Literal["yes", "later", "no"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
_GENERAL = (
    "Make a new secret where this one was made, or ask whoever runs that service.",
    "Put the new one wherever the leaked one is used.",
    "Revoke or delete the leaked one, and look for use that you do not recognise.",
)


class Advice(NamedTuple):
    """What to do about one secret."""

    key: str  # fingerprint; where there is none, rule and mask
    rule: str
    name: str
    label: str  # masked
    url: str
    steps: tuple[str, ...]


def advice(secrets: Sequence[SecretRef], rules: Mapping[str, Rule]) -> tuple[Advice, ...]:
    """For each secret of a plan; `rules` by id, with their documentation."""
    return tuple(one(s.fingerprint, s.rule, s.label, rules) for s in secrets)


def one(fingerprint: str, rule_id: str, label: str, rules: Mapping[str, Rule]) -> Advice:
    """For one secret."""
    rule = rules.get(rule_id)
    return Advice(
        key=fingerprint or f"{rule_id or 'by hand'} {label}",
        rule=rule_id,
        name=rule.name if rule else "secret given by hand",
        label=label,
        url=rule.rotate.url if rule else "",
        steps=(rule.rotate.steps if rule else ()) or _GENERAL,
    )


def lines(advice: Advice) -> list[str]:
    """The steps, for a person."""
    found = [f"{advice.name} {advice.label}"]
    found += [f"  {number}. {step}" for number, step in enumerate(advice.steps, 1)]
    if advice.url:
        found.append(f"  where: {advice.url}")
    return found


def record(repo: Repository, keys: Iterable[str], answer: str, date: str) -> None:
    """Keep an answer; `date` in ISO 8601. Raises UsageError for an answer that is none."""
    if answer not in ANSWERS:
        raise UsageError(f"{answer!r} is none of {', '.join(ANSWERS)}")
    found = _read(repo)
    for key in keys:
        found[key] = {"answer": answer, "date": date}
    path = _path(repo)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    replace_file(
        os.fsdecode(path), [json.dumps(found, indent=1, sort_keys=True).encode() + b"\n"], private=True
    )


def answers(repo: Repository, keys: Iterable[str]) -> dict[str, str]:
    """What was answered; "" where nothing was."""
    found = _read(repo)
    return {key: found.get(key, {}).get("answer", "") for key in keys}


def overall(given: Mapping[str, str]) -> str:
    """The worst of some answers: "yes" only if all are."""
    if not given or any(not answer for answer in given.values()):
        return ""
    return max(given.values(), key=lambda a: ANSWERS.index(a) if a in ANSWERS else 0)


def _path(repo: Repository) -> bytes:
    return os.path.join(repo.common_dir, b"leakscan", b"rotation.json")


def _read(repo: Repository) -> dict[str, dict[str, str]]:
    try:
        with open(_path(repo), encoding="utf-8") as file:
            value = json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
        raise UsageError(f"{os.fsdecode(_path(repo))}: damaged; remove it, and answer again")
    return value
