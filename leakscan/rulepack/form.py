"""The form of a new rule, to fill in."""

from __future__ import annotations

_FORM = """\
rules:
- id: {id}
  name: {vendor} … (what the vendor calls it)
  description: What it gives access to.
  severity: high            # critical high medium low
  confidence: high          # high: a format that nothing else has; medium: the vendor's name near by; low: neither
  # A format of its own:
  pattern: '(?<![0-9A-Za-z_-])(?P<secret>{vendor}_[0-9A-Za-z]{{32}})(?![0-9A-Za-z_-])'
  # … or else, instead of `pattern`, the vendor's name and the shape of the value:
  # names: [{vendor}]
  # value: '[0-9a-f]{{32}}'
  # entropy: 3.0
  examples: ['{env}_TOKEN={vendor}_{{base62:32}}']
  counterexamples: ['{vendor}_{{base62:20}}']
  rotate:
    url: https://…
    steps: [Create a new one, Replace it wherever it is used, Revoke the old one]
  references: [https://…]
"""


def form(identifier: str) -> str:
    """A rule pack with one rule called `identifier`, in which only texts remain to be filled in."""
    vendor = identifier.partition(".")[0]
    name = vendor.replace("-", "_")
    return _FORM.format(id=identifier, vendor=name, env=name.upper())
