"""`NamedTuple` for classes that are made at every start.

`typing.NamedTuple` compiles the annotation of every field, though nobody asks for it here: four fifths of what a
class costs, and a hook makes seventy of them. To type checkers this is that one; what it makes is the same class, with
its annotations left as the strings that they are.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """A named tuple of the annotated names of a class's body, with the rest of it."""
            fields = body.get("__annotations__", ())
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for attribute, value in body.items():
                setattr(made, attribute, value)
            return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
