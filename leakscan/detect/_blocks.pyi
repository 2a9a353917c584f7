from mmap import mmap

def look(
    text: bytes,
    windows: tuple[tuple[int, int], ...],
    reach: int,
    point: int,
    table: bytearray | mmap,
    room: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes, bytes, int]: ...
