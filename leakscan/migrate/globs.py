"""From regular expressions over paths to patterns as in .gitignore.

Exact where the two can say the same, wider never without a note: a pattern that leaves out more files than the expression
does hides secrets.
"""

from __future__ import annotations

from leakscan.model.record import NamedTuple

from .read_regex import Untranslatable, read
from .tree import ALL, Alt, Around, At, Byte, Capture, Fold, Keep, Node, Repeat, Seq

MOST = 64  # patterns for one expression

_SLASH = ord("/")
_ANY = frozenset({ALL, ALL - frozenset(b"\n")})


class Globs(NamedTuple):
    """Patterns, one of which names every path that the expression matches."""

    patterns: tuple[str, ...]
    wider: bool  # they name other paths as well


class _Piece(NamedTuple):
    """A way through the expression: text of a glob, "\\0" where anything may stand, over slashes too."""

    text: str
    wider: bool = False
    start: bool = False  # begins where the path does
    end: bool = False


_GAP = "\0"


def globs(pattern: str, *, full: bool = False) -> Globs:
    """What `pattern`, searched in a path that is relative to the root (`full`: matched against all of it), names.

    Raises Untranslatable.
    """
    tree = read(pattern, "perl")
    if full:
        tree = Seq((At("^"), tree, At("$")))
    found: dict[str, None] = {}
    wider = False
    for piece in _ways(tree, False):
        if not piece.text.strip(_GAP):
            raise Untranslatable("it matches every path, or the beginning and end alone")
        for text in _spread(piece):
            found[text] = None
        wider |= piece.wider
        if len(found) > MOST:
            raise Untranslatable(f"it stands for more than {MOST} patterns")
    return Globs(tuple(_simplest(found)), wider)


def _simplest(found: dict[str, None]) -> list[str]:
    """`/x` and `/*/**/x` are `**/x`."""
    inner = {p.removeprefix("/*/**/") for p in found if p.startswith("/*/**/")} & {p[1:] for p in found}
    kept = [f"**/{p[1:]}" if p[1:] in inner else p for p in found if p.removeprefix("/*/**/") not in inner]
    return list(dict.fromkeys(kept))


def _ways(node: Node, fold: bool) -> list[_Piece]:
    """Every way through `node`. At most a few hundred, or Untranslatable."""
    match node:
        case Byte(of):
            return [_byte(of, fold)]
        case At("^" | r"\A" | "(?m:^)"):
            return [_Piece("", start=True)]
        case At("$" | r"\Z" | "(?m:$)"):
            return [_Piece("", end=True)]
        case At(r"\b"):
            return [_Piece("", wider=True)]
        case Seq(items):
            ways = [_Piece("")]
            for item in items:
                ways = _few([_join(a, b) for a in ways for b in _ways(item, fold)])
            return ways
        case Alt(branches):
            return _few([w for b in branches for w in _ways(b, fold)])
        case Capture(item=item):
            return _ways(item, fold)
        case Fold(ignore, item):
            return _ways(item, ignore)
        case Repeat():
            return _repeat(node, fold)
        case Around() | Keep() | At():
            raise Untranslatable("it looks around, which a pattern for paths cannot")


def _few(ways: list[_Piece]) -> list[_Piece]:
    ways = list(dict.fromkeys(ways))
    if len(ways) > 4 * MOST:
        raise Untranslatable(f"it stands for more than {MOST} patterns")
    return ways


def _join(a: _Piece, b: _Piece) -> _Piece:
    if (b.start and a.text) or (a.end and b.text):
        raise Untranslatable("the beginning or end of the path in the middle of it")
    return _Piece(a.text + b.text, a.wider or b.wider, a.start or b.start, a.end or b.end)


def _byte(of: frozenset[int], fold: bool) -> _Piece:
    if fold:
        of = frozenset(c for b in of for c in bytes((b,)).lower() + bytes((b,)).upper())
    if of in _ANY or len(of) >= 250:
        return _Piece("?", wider=_SLASH not in of and len(of) < 254)  # a dot for a slash: nobody means that
    if len(of) == 1:
        return _Piece(_char(next(iter(of))))
    if any(b >= 0x80 for b in of):
        raise Untranslatable("a class with other than ASCII characters")
    members = sorted(of - {_SLASH})
    if _SLASH in of:
        raise Untranslatable("a class that holds a slash")
    return _Piece(
        "[" + "".join(f"\\{chr(b)}" if chr(b) in r"\]^-![" else chr(b) for b in _runs(members)) + "]"
    )


def _runs(members: list[int]) -> list[int]:
    if any(b < 0x21 for b in members):
        raise Untranslatable("a class with blanks or control characters")
    return members


def _char(byte: int) -> str:
    if byte == 0x0A or byte == 0:
        raise Untranslatable("a line break in a path")
    return f"\\{chr(byte)}" if chr(byte) in r"*?[]\!# " else bytes((byte,)).decode("utf-8", "surrogateescape")


def _repeat(node: Repeat, fold: bool) -> list[_Piece]:
    item, low, high = node.item, node.low, node.high
    while isinstance(item, Capture) or (isinstance(item, Seq) and len(item.items) == 1):
        item = item.item if isinstance(item, Capture) else item.items[0]
    if high is not None and high <= 3:
        ways: list[_Piece] = []
        for count in range(low, high + 1):
            ways += _ways(Seq((item,) * count), fold)
        return _few(ways)
    if not isinstance(item, Byte):
        if low:
            raise Untranslatable("a repeated group")
        # What is repeated may be missing; more of it is more than a pattern can say, except by leaving it open.
        return [_Piece(_GAP, wider=True)]
    if _SLASH in item.of and len(item.of) >= 250:
        return [_Piece("?" * min(low, 1) + _GAP)]
    exact = len(item.of) >= 250  # [^/]
    return [_Piece(("?" if low else "") + "*", wider=not exact)]


def _spread(piece: _Piece) -> list[str]:
    """The patterns of one way: what is open at its ends, and gaps, which may hold slashes or not."""
    text = piece.text
    start = piece.start and not text.startswith(_GAP)
    end = piece.end and not text.endswith(_GAP)
    parts = [part for part in text.strip(_GAP).split(_GAP) if part]
    bodies = [parts[0]]
    for part in parts[1:]:
        bodies = [body + join + part for body in bodies for join in _joins(body, part)]
        if len(bodies) > MOST:
            raise Untranslatable(f"it stands for more than {MOST} patterns")
    return [_anchored(body, start, end) for body in bodies]


def _joins(before: str, after: str) -> list[str]:
    """What a gap between two texts can be."""
    if before.endswith("/") and after.startswith("/"):
        return ["*/**"]
    if before.endswith("/"):
        return ["**/*"]
    if after.startswith("/"):
        return ["*/**"] if after != "/" else ["*"]
    return ["*", "*/**/*"]


def _anchored(body: str, start: bool, end: bool) -> str:
    """Patterns name a directory with all that is in it, so an open end needs no more than an open last name."""
    if not end and not body.endswith(("/", "*")):
        body += "*"
    if start:
        return body if body.startswith("/") else f"/{body}"
    if body.startswith("/"):
        # A slash in a relative path has something before it.
        return f"/*/**{body}" if body.strip("/") else "/*/"
    inside = "/" in body[:-1]
    if body.startswith("*"):
        return f"**/{body}" if inside else body
    return f"**/*{body}" if inside else f"*{body}"
