from leakscan.git.buffer import Buffer
from leakscan.git.introduced_twin import Came
from leakscan.git.lives_twin import Commits, Questions
from leakscan.git.pruned_twin import Source

def pruned(
    sources: tuple[Source, ...], lists: Buffer, changes: Buffer, blobs: Buffer, roots: Buffer, seed: int, /
) -> tuple[bytes, bytes, bytes, bytes, list[bytes]]: ...
def introduced(
    ends: Buffer, items: Buffer, names: list[bytes], steps: Buffer, seed: int, /
) -> list[Came]: ...
def ancestry(rows: Buffer, id_size: int, seed: int, /) -> tuple[bytes, bytes, bytes, bytes, bytes]: ...
def numbered(oids: Buffer, asked: Buffer, id_size: int, seed: int, /) -> bytes: ...
def ancestors(ends: Buffer, parents: Buffer, tips: Buffer, /) -> bytes: ...
def changed(ends: Buffer, parents: Buffer, here: Buffer, /) -> bytes: ...
def lives(
    commits: Commits,
    questions: Questions,
    id_size: int,
    head: int,
    n_blobs: int,
    n_names: int,
    n_groups: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes]: ...
