from leakscan.git.buffer import Buffer
from leakscan.git.introduced_twin import Came
from leakscan.git.pruned_twin import Source

def pruned(
    sources: tuple[Source, ...], lists: Buffer, changes: Buffer, blobs: Buffer, roots: Buffer, seed: int, /
) -> tuple[bytes, bytes, bytes, bytes, list[bytes]]: ...
def introduced(
    ends: Buffer, items: Buffer, names: list[bytes], steps: Buffer, seed: int, /
) -> list[Came]: ...
