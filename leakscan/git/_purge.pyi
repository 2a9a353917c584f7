from collections.abc import Callable

from leakscan.git.buffer import Buffer

def ordered(idx: Buffer, omit: Buffer, id_size: int, /) -> bytes: ...
def unsound(
    pack: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    kinds: tuple[Buffer, ...],
    digest: Callable[[Buffer], bytes],
    seed: int,
    limit: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes]: ...
def patched(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    marks: Buffer,
    id_size: int,
    table: Buffer,
    seed: int,
    ids: dict[bytes, bytes],
    offsets: dict[bytes, int],
    at: int,
    digest: Callable[[Buffer], bytes],
    compress: Callable[[Buffer], bytes],
    /,
) -> bytes: ...
def links(raw: Buffer, id_size: int, plain: bool = False, /) -> bytes | None: ...
def relinked(
    raw: Buffer, tree: Buffer, commits: dict[bytes, bytes], id_size: int, /
) -> tuple[bytes, int, int] | None: ...
def quotes(raw: bytes, /) -> bool: ...
