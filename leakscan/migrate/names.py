"""Which of our rules another scanner's name means: sure ones alone, the rest is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# What the tools call "anything that looks like a secret", which is a family of rules here.
_FAMILIES = {
    "generic api key": "generic.*", "keyword": "generic.*", "secret keyword": "generic.*",
    "generic high entropy secret": "generic.*", "generic password": "generic.password", "generic secret": "generic.*",
    "base64 high entropy string": "generic.*", "hex high entropy string": "generic.*",
    "hashicorp tf password": "generic.password",
    "private key": "private-key.*", "aws": "aws.*", "aws access key": "aws.*", "aws access token": "aws.*", "jwt": "jwt.*",
    "json web token": "jwt.*",
}  # fmt: skip
_SAME = {"pat": "token", "access": "", "personal": "", "detector": "", "key": "key", "api": "", "the": ""}


def ours(name: str, ids: Collection[str]) -> str | None:
    """The rule or glob over `ids` that `name` means for sure; None where that is not so."""
    called = words(name)
    family = _FAMILIES.get(" ".join(w for w in called if w != "detector"))
    if family is not None:
        from fnmatch import fnmatchcase

        return family if any(fnmatchcase(i, family) for i in ids) else None
    direct = [i for i in ids if words(i) == called]
    if len(direct) == 1:
        return direct[0]
    same = [i for i in ids if _meaning(i) == _meaning(name)]
    return same[0] if len(same) == 1 else None


def suggestion(name: str, ids: Collection[str]) -> str:
    """Our rules that share the vendor's name, in words."""
    called = words(name)
    starts = {"".join(called[:1]), "".join(called[:2])} if called else set()
    vendor = sorted(i for i in ids if i.partition(".")[0].replace("-", "") in starts)
    if not vendor:
        return "leakscan has no rule of that name"
    some = ", ".join(vendor[:6]) + (", …" if len(vendor) > 6 else "")
    return f"leakscan's rules for it are {some}; name those that are meant under `rules.disable`"


def words(name: str) -> list[str]:
    """The lower-case words of a name, whatever joins them."""
    spread = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [w for w in re.split(r"[^a-z0-9]+", spread.lower()) if w]


def _meaning(name: str) -> frozenset[str]:
    return frozenset(w for w in (_SAME.get(w, w) for w in words(name)) if w)
