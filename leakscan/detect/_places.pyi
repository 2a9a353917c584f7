from collections.abc import Callable

def starts(
    text: bytes, hits: list[tuple[int, int]], table: bytes, classes: bytes
) -> dict[int, list[tuple[int, int]]]: ...
def fresh(
    spans: dict[int, list[tuple[int, int]]],
    windows: tuple[tuple[int, int], ...],
    needs: bytes,
    size: int,
    context: int,
    look: int,
    /,
) -> dict[int, list[tuple[int, int]]]: ...
def parted(
    hits: list[tuple[int, int]], far: bytes, /
) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]: ...
def taker(hits: list[tuple[int, int]], /) -> Callable[..., None]: ...
