from leakscan.git.kernel_twin import Buffer, Irregular, Regular

def inflate(data: Buffer, start: int, size: int, partial: bool = False, /) -> bytes: ...
def delta(
    base: Buffer, delta: Buffer, context: int, limit: int, /
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]: ...
def unpack(
    pack: Buffer, start: int, size: int, base: Buffer, context: int, limit: int, /
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]: ...
def plan(
    idx: Buffer, pack: Buffer, id_size: int, mapped: bool = False, /
) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]: ...
def unpack_all(pack: Buffer, steps: Buffer, limit: int, /) -> list[bytes | None]: ...
def trees(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    seed: int,
    limit: int,
    /,
) -> tuple[list[bytes], bytes, bytes, bytes, bytes, bytes, bytes]: ...
def commits(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    seed: int,
    limit: int,
    /,
) -> tuple[list[Regular | Irregular], bytes, bytes]: ...
def hits(
    parts: tuple[tuple[Buffer, Buffer, Buffer, Buffer], ...], blobs: Buffer, trees: Buffer, /
) -> tuple[bytes, bytes, bytes]: ...
def keys(ids: Buffer, id_size: int, seed: int, /) -> bytes: ...
def find(idx: Buffer, ids: Buffer, id_size: int, /) -> bytes: ...
def shared(idx: Buffer, other: Buffer, id_size: int, /) -> bytes: ...
