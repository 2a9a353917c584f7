from mmap import mmap

def look(
    text: bytes,
    windows: tuple[tuple[int, int], ...],
    reach: int,
    secret: bytes,
    table: bytearray | mmap,
    room: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes, bytes, int]: ...
def hits(
    scanned: list[tuple[int, int]],
    answer: tuple[bytes, bytes, bytes, bytes],
    reach: int,
    table: bytearray | mmap,
    store: bytearray,
    /,
) -> list[tuple[int, int]]: ...
