def look(
    text: bytes,
    start: int,
    end: int,
    reach: int,
    point: int,
    keys: bytearray,
    values: bytearray,
    room: int,
    /,
) -> tuple[bytes, bytes, bytes, bytes, int]: ...
