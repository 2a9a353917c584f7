def look(
    text: bytes,
    windows: tuple[tuple[int, int], ...],
    reach: int,
    point: int,
    keys: bytearray,
    values: bytearray,
    room: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes, bytes, int]: ...
