"""What a history scan reads beside blobs: commit and tag texts, names of people, refs and files, reflog messages.

Every history source yields exactly these chunks, so that they agree however they read the objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from leakscan.model.content import Chunk
from leakscan.model.origin import CommitOrigin, NameOrigin, ReflogOrigin, RefOrigin, TagOrigin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakscan.git.commits import CommitText, Ident, TagText
    from leakscan.git.refs import Ref, ReflogEntry

SHORTEST_NAME = 12  # bytes: no shorter file name holds a secret that a rule could tell from a word


def text_chunks(
    commits: Iterable[tuple[str, CommitText]], tags: Iterable[tuple[str, TagText]]
) -> Iterator[Chunk]:
    """Messages and unusual headers of all commits and tags; everybody's name once, where it was used first.

    Each argument is read once. First is the minimum by (date beside the name, id, author before committer);
    a tagger counts only when no commit has the same name.
    """
    people: dict[bytes, tuple[int, str, Literal["author", "committer"]]] = {}
    for oid, text in commits:
        if text.message:
            yield Chunk(CommitOrigin(oid, "message"), text.message)
        if text.header:
            yield Chunk(CommitOrigin(oid, "header"), text.header)
        _note(people, text.author, oid, "author")
        _note(people, text.committer, oid, "committer")
    for who, (_, oid, part) in sorted(people.items(), key=lambda item: item[1]):
        yield Chunk(CommitOrigin(oid, part), who)
    taggers: dict[bytes, tuple[int, str]] = {}
    for oid, tag in tags:
        if tag.message:
            yield Chunk(TagOrigin(oid, "message"), tag.message)
        if tag.name:
            yield Chunk(TagOrigin(oid, "name"), tag.name)
        if tag.tagger.who and tag.tagger.who not in people:
            first = (tag.tagger.time, oid)
            taggers[tag.tagger.who] = min(first, taggers.get(tag.tagger.who, first))
    for who, (_, oid) in sorted(taggers.items(), key=lambda item: item[1]):
        yield Chunk(TagOrigin(oid, "tagger"), who)


def _note(
    people: dict[bytes, tuple[int, str, Literal["author", "committer"]]],
    ident: Ident,
    oid: str,
    part: Literal["author", "committer"],
) -> None:
    if ident.who:
        first = (ident.time, oid, part)
        known = people.get(ident.who)
        if known is None or first < known:
            people[ident.who] = first


def ref_chunks(refs: Iterable[Ref]) -> Iterator[Chunk]:
    """The names of refs."""
    return (Chunk(RefOrigin(ref.name), ref.name) for ref in refs)


def reflog_chunks(entries: Iterable[ReflogEntry]) -> Iterator[Chunk]:
    """The messages of reflogs."""
    return (Chunk(ReflogOrigin(e.ref, e.entry), e.message) for e in entries if e.message)


def name_chunks(names: Iterable[bytes]) -> Iterator[Chunk]:
    """The names of files and directories: each one once, without its path."""
    return (Chunk(NameOrigin(name), name) for name in sorted(names) if len(name) >= SHORTEST_NAME)
