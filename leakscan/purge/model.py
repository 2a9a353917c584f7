"""The values that the steps of a purge hand to each other, and the plan as a JSON file.

A plan holds no secret: it says where one stands (object, bytes), keeps a salted slow digest by which it is recognised,
and shows names that contain one with the replacement in its place.
Object ids are lower-case hex; names and paths are bytes; spans are half-open byte ranges of the old object.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from leakscan.model.errors import LeakscanError, Refused, UsageError
from leakscan.model.record import NamedTuple

FORMAT = "leakscan-purge-plan"
VERSION = 1
TOKEN = b"***REMOVED***"

# Exit codes of the purge's commands; 0, 2, 3 and 130 are those of `leakscan.model.errors`.
SURVIVES = 1  # the secret is still there
REFUSED = 3  # a precondition was not met; nothing was changed
CHANGED = 4  # the repository is not the one that the plan was made for
PUSH_FAILED = 5  # refused by the server, wholly or in part
SELF_CHECK = 6  # the result is not what was planned; refs untouched
UNFINISHED = 7  # interrupted; undo is available


class Refusal(NamedTuple):
    """One reason not to go on, and the way out."""

    code: str  # stable, such as "shallow"
    reason: str
    way_out: str
    ack: bool = False  # whether `--ack CODE` lets it pass


class PreconditionError(Refused):
    """All the reasons at once. Nothing was changed."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals = refusals
        super().__init__(
            "nothing was changed, because:\n"
            + "\n".join(f"  [{r.code}] {r.reason}\n    way out: {r.way_out}" for r in refusals)
        )


class PurgeError(LeakscanError):
    """A step failed; `exit_code` says how."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


Action = Literal["replace", "same-length", "drop", "placeholder"]
"""What becomes of a blob: its spans replaced; replaced without changing its size; every entry that names it removed; its
whole content exchanged for the token."""


class Span(NamedTuple):
    """Bytes of an old object that are a secret in some encoding (`form`, see `replace`)."""

    start: int
    end: int
    secret: int  # index into `Plan.secrets`
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """A secret without the secret."""

    label: str  # masked, for a person
    length: int  # bytes
    salt: str
    digest: str  # see `digest`
    rule: str = ""  # rule id; empty for one that was given by hand
    fingerprint: str = ""  # of the finding, ditto
    object: str = ""  # an old object in which it stands as it is …
    form: str = ""  # in this form
    start: int = 0  # … and where; as long as the old object is there, the secret is found again
    homes: dict[str, int] = field(default_factory=dict)  # how often it was found, by kind of home


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobEdit:
    """What becomes of one blob. `new` is empty where it is dropped."""

    old: str
    new: str
    action: Action
    spans: tuple[Span, ...] = ()
    paths: tuple[str, ...] = ()  # redacted; a few of them


@dataclass(frozen=True, slots=True, kw_only=True)
class RefMove:
    """A ref that changes. `name` is the new one, redacted; `renamed` where the old one had the secret in it."""

    name: str
    old: str
    new: str
    renamed: bool = False

    @property
    def kind(self) -> str:
        """ "heads", "tags", "remotes", "notes", "stash", "pull" …: what stands behind `refs/`."""
        return self.name.removeprefix("refs/").split("/", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What cannot be decided automatically. `answer` is empty until it is answered."""

    id: str  # such as "archive:1a2b3c4d"
    kind: str  # such as "archive"; `--answer KIND=CHOICE` answers all of a kind
    what: str  # redacted, for a person
    choices: tuple[str, ...]
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is there, and how much of it changes."""

    commits: int = 0
    commits_rewritten: int = 0
    trees_rewritten: int = 0
    blobs_rewritten: int = 0
    tags: int = 0  # tag objects
    tags_rewritten: int = 0
    refs: int = 0
    refs_moved: int = 0
    signatures: int = 0  # on commits and tags
    signatures_lost: int = 0
    mergetags_lost: int = 0
    messages_edited: int = 0
    idents_edited: int = 0
    hashes_mapped: int = 0
    emptied: int = 0  # commits that no longer change anything; kept
    pull_refs: int = 0  # refs of pull, merge or change requests that move


@dataclass(frozen=True, kw_only=True)  # no slots: the id is computed once
class Plan:
    """All that is to happen, and all that it was decided from. See docs/purge.md for the JSON form."""

    object_format: Literal["sha1", "sha256"]
    repository: str  # digest over the root commits: the same in every clone
    token: str
    secrets: tuple[SecretRef, ...]
    remove_paths: tuple[str, ...] = ()
    acks: tuple[str, ...] = ()
    prune_empty: bool = False
    map_hashes: bool = True  # ids quoted in messages follow what they name
    gitlinks: dict[str, str] = field(default_factory=dict)  # commits of submodules: what they became
    include_worktrees: bool = False
    normalise: bool = False  # rewritten objects are mended where a server may refuse them
    pushed: bool = False  # whether a remote-tracking ref has rewritten history: everybody has to be told
    blobs: tuple[BlobEdit, ...] = ()
    names: tuple[str, ...] = ()  # redacted file and directory names that were changed
    refs: tuple[RefMove, ...] = ()
    all_refs: str = ""  # digest over every ref and HEAD as planned from: drift is noticed
    heads: tuple[RefMove, ...] = ()  # detached HEADs: "HEAD" and "worktrees/ID/HEAD"
    stash: tuple[RefMove, ...] = ()  # entries of the stash, "stash@{0}" first
    first_changed: tuple[str, ...] = ()  # old ids of rewritten commits none of whose parents is rewritten
    first_changed_new: tuple[str, ...] = ()  # what they became, in the same order
    tags: dict[str, str] = field(default_factory=dict)  # old tag object: new
    hashes: dict[str, str] = field(default_factory=dict)  # ids quoted in messages: what they became
    unmapped: tuple[str, ...] = ()  # quoted ids that were left, with the reason
    notes: tuple[str, ...] = ()  # notes refs whose keys were remapped
    emptied: tuple[str, ...] = ()  # old ids of commits that no longer change anything
    lfs: tuple[str, ...] = ()  # ids of LFS objects whose content has the secret
    submodules: tuple[str, ...] = ()  # redacted paths of submodules, which are repositories of their own
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    counts: Counts = Counts()
    commit_map: str = ""  # sha256 of the commit map's text: "OLD NEW\n" a line, sorted by OLD
    rewritten: str = ""  # sha256 over the ids of all new objects
    leakscan: str = ""
    git: str = ""

    @cached_property
    def plan_id(self) -> str:
        """12 hex digits over what is to happen, typed to confirm: the same wherever the same is planned.

        Not over salts and versions, nor over what a clone has besides its history.
        """
        value = _plain(self)
        for secret in value["secrets"]:
            for key in ("salt", "digest", "homes", "object", "form", "start"):
                del secret[key]
        if not self.normalise:
            del value["normalise"]  # plans of before have no such key
        for key in ("leakscan", "git", "warnings", "unmapped", "acks"):
            del value[key]
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def unanswered(self) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if not q.answer)

    @property
    def is_empty(self) -> bool:
        """Whether no object, ref or HEAD would change."""
        return not (self.refs or self.heads or self.stash)


def digest(secret: bytes, salt: str) -> str:
    """A slow salted hash (scrypt, RFC 7914): whoever has the plan should not have the secret soon."""
    return hashlib.scrypt(secret, salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1, dklen=24).hex()


def dumps(plan: Plan) -> str:
    """The plan file."""
    head = {"format": FORMAT, "version": VERSION, "plan_id": plan.plan_id}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in (head | _plain(plan)).items()]
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def loads(text: str, name: str = "plan") -> Plan:
    """A plan from its file's text. Raises UsageError: not a plan, of another version, or edited by hand."""
    try:
        value = json.loads(text)
        if value["format"] != FORMAT:
            raise UsageError(f"{name}: not a purge plan")
        if value["version"] != VERSION:
            raise UsageError(
                f"{name}: made by another version of leakscan (format {value['version']}); plan again"
            )
        value.setdefault("normalise", False)  # plans of before have none
        plan = Plan(**{f.name: _typed(f.name, value[f.name]) for f in fields(Plan)})
        if value["plan_id"] != plan.plan_id:
            raise UsageError(f"{name}: it was edited after it was made; plan again")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{name}: not a purge plan ({type(error).__name__})") from None
    return plan


_LISTS: dict[str, Any] = {
    "secrets": lambda v: SecretRef(**v),
    "blobs": lambda v: BlobEdit(
        **(v | {"spans": tuple(Span(*s) for s in v["spans"]), "paths": tuple(v["paths"])})
    ),
    "refs": lambda v: RefMove(**v),
    "heads": lambda v: RefMove(**v),
    "stash": lambda v: RefMove(**v),
    "questions": lambda v: Question(**(v | {"choices": tuple(v["choices"])})),
}


def _typed(key: str, value: Any) -> Any:
    if key == "counts":
        return Counts(**value)
    if isinstance(value, list):
        return tuple(map(_LISTS.get(key, lambda v: v), value))
    return value


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


def shown(name: bytes) -> str:
    """A ref's name or a path as the plan has it: UTF-8, other bytes as lone surrogates, which JSON escapes."""
    return name.decode("utf-8", "surrogateescape")
