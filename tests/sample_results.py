"""Results made by hand, for what comes after a scan. Secrets are drawn, not written: none looks like a vendor's."""

from __future__ import annotations

import random
import string
from typing import Any

from leakscan.model.content import Skipped
from leakscan.model.finding import Commit, Finding, Life, Place, ScanResult, Scope, Stats
from leakscan.model.match import Part
from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    FileOrigin,
    NameOrigin,
    Origin,
    ReflogOrigin,
    RefOrigin,
    StagedOrigin,
    StdinOrigin,
    TagOrigin,
)
from leakscan.model.rule import Confidence, Rotation, Rule, Severity
from leakscan.model.secret import Secret, mask

HOSTILE = b"evil\n\x1b[2J\x1b]0;title\x07 \xe2\x80\xae \xff\xfe [a](b) {0} %41:#?.py"


def drawn(seed: int, length: int = 40) -> bytes:
    """Letters and digits that are the same for the same seed."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length)).encode()


def rule(id: str = "acme.api-key", severity: Severity = "critical", **more: Any) -> Rule:
    given: dict[str, Any] = {
        "name": f"Name of {id}",
        "description": "Grants access to everything.",
        "confidence": "high",
        "pattern": "x",
        "rotate": Rotation(
            url="https://acme.example/keys", steps=("Create a new key.", "Revoke the old one.")
        ),
        "references": ("https://acme.example/docs/keys",),
        "tags": ("cloud",),
    }
    return Rule(id=id, severity=severity, **{**given, **more})


def commit(n: int, author: bytes = b"Ann <ann@acme.example>", subject: bytes = b"Add settings") -> Commit:
    return Commit(
        f"{n + 0xA0:02x}" * 20, author, f"2024-03-{n % 28 + 1:02}T10:00:00+01:00", subject, 1709283600 + n
    )


def place(
    origin: Origin, *, path: bytes | None = None, line: int = 3, snippet: str = "", **more: Any
) -> Place:
    return Place(origin, path, line, 9, line, 49, snippet, **more)


def finding(
    secret: bytes,
    *places: Place,
    of: Rule | None = None,
    confidence: Confidence | None = None,
    parts: tuple[Part, ...] = (),
    life: Life | None = None,
) -> Finding:
    of = of or rule()
    value = Secret(secret)
    return Finding(
        rule=of,
        secret=value,
        severity=of.severity,
        confidence=confidence or of.confidence,
        fingerprint=value.fingerprint(of.id),
        places=places or (place(FileOrigin(b"settings.py"), snippet=f'KEY = "{mask(secret)}"'),),
        parts=parts,
        life=life,
    )


def result(
    *findings: Finding,
    skipped: tuple[Skipped, ...] = (),
    notes: tuple[str, ...] = (),
    baselined: int = 0,
    scope: Scope = "tree",
    commits: int = 0,
) -> ScanResult:
    return ScanResult(
        root=b"/repository",
        findings=findings,
        skipped=skipped,
        dropped=(),
        baselined=baselined,
        notes=notes,
        stats=Stats(chunks=1234, bytes=5_678_901, commits=commits, seconds=0.8125),
        scope=scope,
    )


def rich() -> ScanResult:
    """A scan of history in which everything occurs that a report has to show, hostile content included."""
    key, password, named, token = drawn(1), drawn(2, 9), drawn(3), drawn(4)
    old, new = commit(1), commit(2, b"Bob <bob@acme.example>", b"Drop " + named)
    hostile = commit(3, b"Mallory\x1b[31m <m@\xff>", b"\x1b]8;;http://evil\x07 subject \xf0\x9f\x94\x91")
    oid = "e" * 40
    everywhere = tuple(
        place(BlobOrigin(f"{n:040x}"), path=f"src/file{n}.py".encode(), line=n, commit=old)
        for n in range(1, 121)
    )
    secret_file = b"keys/" + named + b".txt"
    return result(
        finding(
            key,
            place(BlobOrigin(oid), path=b"config/settings.py", snippet=f'KEY = "{mask(key)}"', commit=old),
            place(
                FileOrigin(b"config/settings.py"),
                snippet=f'KEY = "{mask(key)}"',
                line_hash="39fa2ee980eb94b0:1",
            ),
            place(FileOrigin(HOSTILE), line=12, snippet="x = \\x1b[2J ********"),
            of=rule("acme.api-key", "critical"),
            parts=(Part("acme.key-id", drawn(5, 20), 4),),
            life=Life(old, None, True, tuple(f"refs/heads/b{n}".encode() for n in range(6)), True),
        ),
        finding(
            named,
            place(CommitOrigin(new.oid, "message"), line=1, commit=new),
            place(NameOrigin(secret_file), path=secret_file, line=1),
            place(RefOrigin(b"refs/heads/" + named), line=1),
            place(ReflogOrigin(b"HEAD", 2), line=1),
            place(TagOrigin(oid, "message"), line=2),
            of=rule("acme.named", "high", name="Acme [named] {token}", rotate=Rotation()),
            life=Life(old, new, False, (b"refs/tags/v1", b"refs/heads/" + named), True),
        ),
        finding(
            token,
            *everywhere,
            of=rule("acme.token", "medium", confidence="medium", description="A token. " * 200),
            life=Life(old, commit(9), False, (), False),
        ),
        finding(
            password,
            place(StagedOrigin(b"a b.env", "d" * 40), line_hash="0:1", snippet="PASS=********"),
            place(BlobOrigin("c" * 40), commit=hostile),
            place(StdinOrigin(), line=7),
            of=rule("acme.password", "low", confidence="low", rotate=Rotation(steps=("Change \x1b[5m it.",))),
            life=Life(None, None, False, (HOSTILE,), True),
        ),
        skipped=(
            Skipped(f"blob {'a' * 40}", "missing", "the clone is partial; git fetch --refetch gets it"),
            *(Skipped(f"media/{n}.bin", "binary") for n in range(12)),
            Skipped("vendor/" + named.decode(), "excluded"),
            *(Skipped(f"big/{n}.sql", "too-large") for n in range(7)),
        ),
        notes=("an allow-list entry of 2023 has expired", f"the branch {named.decode()} was read as well"),
        baselined=3,
        scope="history",
        commits=42,
    )
