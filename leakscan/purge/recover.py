"""The secrets of a plan, which are not in it: given again, or read from where they still stand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leakscan.git.catfile import Broken
from leakscan.git.objects import ObjectStore
from leakscan.git.steps import LARGEST
from leakscan.model.errors import UsageError

from .model import digest
from .state import State

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
    sealed = State(repo, plan.plan_id).load("sealed") or {}
    store = ObjectStore.of(repo)
    try:
        return [_given(ref, given) or _standing(ref, store) or _opened(ref, sealed) for ref in plan.secrets]
    finally:
        store.close()


def seal(repo: Repository, plan: Plan, secrets: Sequence[bytes], *, every: bool) -> None:
    """Keep secrets until cleanup is through: those that stand in no object as they are; `every` one of them.

    Beside them in the same directory are the old objects, or were until now. Not in clear, so that no search of the
    git directory takes this for a leak.
    """
    sealed = {
        ref.digest: bytes(a ^ b for a, b in zip(secret, _pad(ref), strict=True)).hex()
        for ref, secret in zip(plan.secrets, secrets, strict=True)
        if every or not ref.object
    }
    if sealed:
        State(repo, plan.plan_id).save("sealed", sealed)


def _opened(ref: SecretRef, sealed: dict[str, str]) -> bytes | None:
    if ref.digest not in sealed:
        return None
    secret = bytes(a ^ b for a, b in zip(bytes.fromhex(sealed[ref.digest]), _pad(ref), strict=True))
    return secret if digest(secret, ref.salt) == ref.digest else None


def _pad(ref: SecretRef) -> bytes:
    return hashlib.shake_256(bytes.fromhex(ref.salt) + b"leakscan purge").digest(ref.length)


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
