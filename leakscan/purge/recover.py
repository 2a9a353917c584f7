"""The secrets of a plan, which are not in it: given again, or read from where they still stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git.catfile import Broken
from leakscan.git.inventory import LARGEST
from leakscan.git.objects import ObjectStore
from leakscan.model.errors import UsageError

from .model import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .model import Plan, SecretRef


def recover(repo: Repository, plan: Plan, given: Sequence[bytes] = ()) -> list[bytes]:
    """The secrets, in the plan's order. Raises UsageError where one is neither given nor still there."""
    found = known(repo, plan, given)
    missing = [ref.label for ref, secret in zip(plan.secrets, found, strict=True) if secret is None]
    if missing:
        raise UsageError(
            f"the plan does not hold the secret {missing[0]}, and it is no longer in this clone: "
            "give it with --secret-stdin"
        )
    return [secret for secret in found if secret is not None]


def known(repo: Repository, plan: Plan, given: Sequence[bytes] = ()) -> list[bytes | None]:
    """As `recover`, None for what is not to be had."""
    store = ObjectStore.of(repo)
    try:
        return [_given(ref, given) or _standing(ref, store) for ref in plan.secrets]
    finally:
        store.close()


def _given(ref: SecretRef, given: Sequence[bytes]) -> bytes | None:
    same = [secret for secret in given if len(secret) == ref.length]
    return next((secret for secret in same if digest(secret, ref.salt) == ref.digest), None)


def _standing(ref: SecretRef, store: ObjectStore) -> bytes | None:
    if not ref.object:
        return None
    found = store.read(bytes.fromhex(ref.object), LARGEST)
    if isinstance(found, Broken):
        return None
    secret = found.data[ref.start : ref.start + ref.length]
    return secret if digest(secret, ref.salt) == ref.digest else None
