"""How a delta and the head of its entry are written down: https://git-scm.com/docs/gitformat-pack. Sizes are bytes."""

from __future__ import annotations

_LONGEST_COPY = 0xFFFF
_LONGEST_INSERT = 127


def varint(number: int) -> bytes:
    """The size of the base or of the result, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def copies(start: int, length: int) -> bytes:
    """Instructions to copy `length` bytes from `start` on; none for no bytes."""
    out = bytearray()
    while length > 0:
        part = min(length, _LONGEST_COPY)
        head, tail = 128, bytearray()
        for bit, byte in enumerate(start.to_bytes(4, "little") + part.to_bytes(2, "little")):
            if byte:
                head |= 1 << bit
                tail.append(byte)
        out += bytes([head]) + tail
        start += part
        length -= part
    return bytes(out)


def inserts(data: bytes) -> bytes:
    """Instructions to insert `data`; none for nothing."""
    pieces = [data[at : at + _LONGEST_INSERT] for at in range(0, len(data), _LONGEST_INSERT)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def entry_head(kind: int, size: int) -> bytes:
    """What an entry of a pack begins with: its kind (6: a delta upon an entry before) and the size of what is compressed."""
    byte = kind << 4 | size & 15
    size >>= 4
    out = bytearray()
    while size:
        out.append(byte | 128)
        byte = size & 127
        size >>= 7
    out.append(byte)
    return bytes(out)


def distance(back: int) -> bytes:
    """How many bytes before an entry its base begins."""
    out = [back & 127]
    back >>= 7
    while back:
        back -= 1
        out.append(128 | back & 127)
        back >>= 7
    return bytes(reversed(out))
