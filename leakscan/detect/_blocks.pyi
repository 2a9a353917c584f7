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
