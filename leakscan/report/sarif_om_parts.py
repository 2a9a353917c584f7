"""The classes of sarif-om that a report is made of.

Importing the package makes seventy classes, which takes longer than many a scan; its modules can be had one by one, when
the package itself is not run first.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace
from typing import Any

_NAMES = (
    "ArtifactLocation",
    "Invocation",
    "Location",
    "LogicalLocation",
    "Message",
    "MultiformatMessageString",
    "Notification",
    "PhysicalLocation",
    "Region",
    "ReportingConfiguration",
    "ReportingDescriptor",
    "Result",
    "Run",
    "RunAutomationDetails",
    "Tool",
    "ToolComponent",
)


def _parts() -> Any:
    spec = None if "sarif_om" in sys.modules else find_spec("sarif_om")
    if spec is None:
        return import_module("sarif_om")
    sys.modules["sarif_om"] = module_from_spec(spec)
    try:
        return SimpleNamespace(**{name: getattr(import_module(_module(name)), name) for name in _NAMES})
    except (ImportError, AttributeError):  # another version, with other modules
        pass
    finally:
        del sys.modules["sarif_om"]  # whoever else imports it gets all of it
    return import_module("sarif_om")


def _module(name: str) -> str:
    return "sarif_om" + re.sub(r"([A-Z])", r"_\1", f".{name}").lower()


om = _parts()
