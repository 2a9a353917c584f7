"""Documents that people write (YAML), as plain nodes that know their lines.

Documents can come from a repository that nobody vouches for, so nothing of YAML is taken that could do more than carry
text: no tags, no anchors and aliases ("billion laughs"), no second document, bounded size and depth.
Plain scalars are read by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): `yes`, `on` and
dates are texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import Problem
from .record import NamedTuple

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 4 << 20
MAX_DEPTH = 24


class Scalar(NamedTuple):
    """A text as written. `plain` if it stood without quotes, and so may be a number, a truth value or null."""

    text: str
    plain: bool
    line: int  # 1-based, of the first character

    @property
    def null(self) -> bool:
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Items(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    line: int


class Table(NamedTuple):
    """A mapping with text keys, none of them twice, in the order as written."""

    entries: tuple[Entry, ...]
    line: int


class Entry(NamedTuple):
    """A key and its value."""

    key: str
    line: int  # of the key
    value: Node


Node: TypeAlias = Scalar | Items | Table


def read(text: bytes, file: str, problems: list[Problem]) -> Node | None:
    """The only document in `text` (UTF-8). What is wrong is added to `problems`.

    None where there is nothing (an empty document, without a problem) or where reading had to stop (with one).
    `file` is how problems call the document.
    """
    import yaml

    if len(text) > MAX_BYTES:
        problems.append(Problem(file, 0, "", f"larger than {MAX_BYTES >> 20} MiB"))
        return None
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = text.count(b"\n", 0, e.start) + 1
        problems.append(Problem(file, line, "", "not UTF-8; save the file as UTF-8"))
        return None
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(file, problems)
    try:
        for event in yaml.parse(source, Loader=loader):
            if not builder.take(event):
                return None
    except yaml.reader.ReaderError as e:
        line = source.count("\n", 0, e.position) + 1
        problems.append(
            Problem(file, line, "", f"a character that YAML does not allow: U+{int(e.character):04X}")
        )
        return None
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 if mark else 0
        said = str(e.problem or e.context)
        if "nesting depth" in said:  # newer libyaml looks so far ahead that it is the first to mind
            problems.append(Problem(file, line, "", f"nested deeper than {MAX_DEPTH} levels"))
        else:
            problems.append(Problem(file, line, "", f"not valid YAML: {said}"))
        return None
    return builder.root


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("children", "key", "key_line", "line", "path", "seen", "table")

    def __init__(self, table: bool, line: int, path: str) -> None:
        self.table = table
        self.line = line
        self.path = path
        self.children: list[Any] = []
        self.key: str | None = None  # of a mapping: read, its value not yet
        self.key_line = 0
        self.seen: dict[str, int] = {}


class _Builder:
    """Nodes from parser events, with a stack of its own: depth cannot exhaust the interpreter's."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.root: Node | None = None
        self._file = file
        self._problems = problems
        self._stack: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> bool:
        """False if reading has to stop."""
        import yaml

        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            return self._stop(line, "aliases (*name) are not accepted; write the value out")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            return self._documents == 1 or self._stop(
                line, "a second document; put everything into the first"
            )
        if isinstance(event, yaml.NodeEvent):
            if event.anchor is not None:
                self._fail(line, "anchors (&name) are not accepted; write the value out")
            tag = getattr(event, "tag", None)
            if tag is not None:
                self._fail(line, f"tags ({tag}) are not accepted")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) == MAX_DEPTH:
                return self._stop(line, f"nested deeper than {MAX_DEPTH} levels")
            top = self._stack[-1] if self._stack else None
            if top and top.table and top.key is None:
                return self._stop(line, "a key must be a text")
            self._stack.append(_Open(isinstance(event, yaml.MappingStartEvent), line, self._path()))
        elif isinstance(event, yaml.CollectionEndEvent):
            top = self._stack.pop()
            children = tuple(top.children)
            self._add(Table(children, top.line) if top.table else Items(children, top.line))
        return True

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self._stack[-1] if self._stack else None
        if top is None or not top.table or top.key is not None:
            self._add(Scalar(event.value, event.style in (None, ""), line))
            return
        if event.value in top.seen:
            self._fail(line, f"the key is already on line {top.seen[event.value]}", event.value)
        else:
            top.seen[event.value] = line
        top.key, top.key_line = event.value, line

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if not top.table:
            top.children.append(node)
        elif top.key is not None:
            if top.seen[top.key] == top.key_line:
                top.children.append(Entry(top.key, top.key_line, node))
            top.key = None

    def _path(self) -> str:
        if not self._stack:
            return ""
        top = self._stack[-1]
        if top.table:
            return join(top.path, top.key) if top.key is not None else top.path
        return f"{top.path}[{len(top.children)}]"

    def _fail(self, line: int, message: str, key: str = "") -> None:
        path = join(self._path(), key) if key else self._path()
        self._problems.append(Problem(self._file, line, path, message))

    def _stop(self, line: int, message: str) -> bool:
        self._fail(line, message)
        return False


def join(path: str, key: str) -> str:
    """A dotted key path one level down."""
    return f"{path}.{key}" if path else key
