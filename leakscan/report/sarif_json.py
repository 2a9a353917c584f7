"""sarif-om objects as plain values.

jschema_to_python.to_json copies every object whole, at every level; this says the same (a test holds that) in
the time it takes to look at each attribute once.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def plain(value: Any) -> Any:
    """`value`, a sarif-om object or what one can hold, as what `json.dumps` takes.

    Attributes get their names in the schema; what has the schema's default is left out.
    """
    kind: Any = type(value)
    if kind is str or kind is int:
        return value
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    if not hasattr(kind, "__attrs_attrs__"):
        return value
    out = {}
    for attribute, name, default in _fields(kind):
        item = getattr(value, attribute)
        if item is not default and item != default:
            out[name] = plain(item)
    return out


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """Of each attribute: its name here, its name in the schema, its default."""
    import attr

    fields = []
    for field in attr.fields(kind):
        factory = getattr(field.default, "factory", None)
        default = factory() if factory else field.default
        fields.append((field.name, field.metadata.get("schema_property_name", field.name), default))
    return tuple(fields)
