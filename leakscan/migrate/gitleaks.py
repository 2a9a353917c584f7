"""gitleaks and betterleaks: the configuration. Keys: https://github.com/gitleaks/gitleaks#configuration"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import convert, expr, files, names
from .gitleaks_allow import AllowLists
from .outcome import NewRule, line_of, place, printable, strings, tables

if TYPE_CHECKING:
    from collections.abc import Collection

    from .outcome import Bag

TOOL = "gitleaks"
LINES = 20  # for a rule that another one requires, where it says nothing
MAX_LINES = 100
_DEPTH = 2
_EXPRESSIONS = ("prefilter", "validate", "analyze", "revoke")
_RULE = {
    "id", "description", "regex", "secretGroup", "valueGroup", "entropy", "path", "keywords", "tags",
    "allowlist", "allowlists", "required", "components", "skipReport", "confidence", "specificity", "filter", *_EXPRESSIONS,
}  # fmt: skip
_TOP = {
    "title",
    "description",
    "minVersion",
    "betterleaksMinVersion",
    "extend",
    "rules",
    "allowlist",
    "allowlists",
    "filter",
    "prefilter",
}


def config(bag: Bag, path: Path, root: Path, ids: Collection[str], depth: int = 0) -> None:
    """Read a configuration into `bag`. `ids`: of leakscan's built-in rules."""
    import tomllib

    text = files.read(bag, path, inside=root if depth else None)
    if text is None:
        return
    name = bag.name(path)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        bag.leave(name, "the file", f"is not TOML: {e}")
        return
    _Config(bag, name, text, ids).read(document, root, depth)


class _Config:
    def __init__(self, bag: Bag, file: str, text: str, ids: Collection[str]) -> None:
        self.bag = bag
        self._allow = AllowLists(bag)
        self.file = file
        self.text = text
        self.ids = ids
        self.own: dict[str, str] = {}  # their rule id → ours
        self._from = 0

    def read(self, document: dict[str, Any], root: Path, depth: int) -> None:
        for key in document.keys() - _TOP:
            self.bag.leave(self._where(key), key, "an unknown key")
        for key in ("filter", "prefilter"):
            if isinstance(document.get(key), str):
                said = re.search(rf"^[ \t]*{key}[ \t]*=", self.text, re.MULTILINE)
                where = place(self.file, self.text.count("\n", 0, said.start()) + 1 if said else 0)
                found = self._filter(document[key], where, key)
                if found.entropy is not None:
                    self.bag.leave(where, f"{key}, entropy", "leakscan's rules judge it by themselves")
                for allowed in found.allowed:
                    self._allow.general(allowed, None, where, "")
        self._extend(document.get("extend") or {}, root, depth)
        entries = tables(document.get("rules"))
        for entry in entries:  # all of them first: a rule may require one that comes later
            self.own[str(entry.get("id", ""))] = self.bag.rule_id(TOOL, str(entry.get("id", "")))
        for entry in entries:
            self._rule(entry)
        for key in ("allowlist", "allowlists"):
            for entry in tables(document.get(key)):
                self._global(entry, self._where(f"[{key}]" if key == "allowlist" else f"[[{key}]]"))

    def _where(self, needle: str) -> str:
        return place(self.file, line_of(self.text, needle, self._from) or line_of(self.text, needle))

    def _extend(self, extend: Any, root: Path, depth: int) -> None:
        if not isinstance(extend, dict):
            return
        where = self._where("extend")
        for rule in strings(extend.get("disabledRules")):
            found = names.ours(rule, self.ids)
            if found:
                if found not in self.bag.disable:
                    self.bag.disable.append(found)
            else:
                self.bag.leave(where, f"disabled rule {rule}", names.suggestion(rule, self.ids))
        if path := extend.get("path"):
            if depth >= _DEPTH:
                self.bag.leave(where, f"extend.path {path}", f"deeper than {_DEPTH} levels")
            else:
                config(self.bag, root / str(path), root, self.ids, depth + 1)
        if "url" in extend:
            self.bag.leave(where, f"extend.url {extend['url']}", "nothing is fetched; import a copy of it")

    def _rule(self, entry: dict[str, Any]) -> None:
        id = str(entry.get("id", ""))
        self._from = max(0, self.text.find(f'"{id}"', self._from))
        where = self._where(f'"{id}"')
        for key in entry.keys() - _RULE:
            self.bag.leave(where, f"rule {id}, {key}", "an unknown key")
        for key in _EXPRESSIONS:
            if key in entry:
                self.bag.leave(where, f"rule {id}, {key}", "an expression in a language of its own")
        regex = entry.get("regex")
        if not isinstance(regex, str) or not regex:
            self._without_pattern(entry, id, where)
            return
        group = entry.get("secretGroup", entry.get("valueGroup")) or None
        patterns = convert.patterns(
            self.bag, where, id, regex, "go", group=group if isinstance(group, int | str) else None
        )
        if not patterns:
            return
        pattern = patterns[0]
        ours = self.own[id]
        description = printable(str(entry.get("description") or id))
        rule: dict[str, Any] = {
            "id": ours,
            "name": printable(id),
            "description": description,
            "pattern": pattern,
            "where": where,
            "keywords": convert.keywords(self.bag, where, id, strings(entry.get("keywords")), pattern),
            "tags": tuple(printable(t) for t in strings(entry.get("tags"))),
            "part": entry.get("skipReport") is True,
            "requires": self._required(entry, id, where),
        }
        entropy = entry.get("entropy")
        if isinstance(entropy, int | float) and entropy > 0:
            rule["entropy"] = min(float(entropy), 8.0)
        if entry.get("confidence") in ("high", "medium", "low"):
            rule["confidence"] = entry["confidence"]
        if isinstance(entry.get("path"), str) and entry["path"]:
            wanted = convert.paths(self.bag, where, [entry["path"]], what=f"rule {id}, ")
            if not wanted:
                self.bag.change(where, f"rule {id}", "is not restricted to its path and may find more")
            rule["paths"] = wanted
        lists = [a for key in ("allowlist", "allowlists") for a in tables(entry.get(key))]
        if isinstance(entry.get("filter"), str):
            found = self._filter(entry["filter"], where, f"rule {id}, filter")
            lists += found.allowed
            if found.entropy:
                rule["entropy"] = min(found.entropy, 8.0)
        for allowed in lists:
            self._allow.of_rule(rule, allowed, id, where)
        convert.add(self.bag, NewRule(**rule), patterns[1:])

    def _filter(self, text: str, where: str, what: str) -> expr.Filter:
        """A filter of betterleaks 2; what cannot be said otherwise is listed: without it more is found."""
        found = expr.read(text)
        for term in found.rest:
            self.bag.leave(where, f"{what}: {printable(term)}", "an expression in a language of its own")
        return found

    def _without_pattern(self, entry: dict[str, Any], id: str, where: str) -> None:
        """A rule about names of files; or changes to one of gitleaks' own rules."""
        if entry.get("path"):
            self.bag.leave(
                where, f"rule {id}", "is about names of files alone, which leakscan does not report"
            )
            return
        allowed = [a for key in ("allowlist", "allowlists") for a in tables(entry.get(key))]
        found = names.ours(id, self.ids)
        if found is None:
            self.bag.leave(
                where, f"rule {id}", f"changes a rule of gitleaks' own; {names.suggestion(id, self.ids)}"
            )
            return
        for one in allowed:
            self._allow.general(one, found, where, f"rule {id}, ")
        for key in ("entropy", "keywords", "secretGroup"):
            if key in entry:
                self.bag.leave(where, f"rule {id}, {key}", f"{found} is leakscan's own and judges by itself")

    def _required(self, entry: dict[str, Any], id: str, where: str) -> tuple[tuple[str, int], ...]:
        found = []
        for one in tables(entry.get("required")) + tables(entry.get("components")):
            other = str(one.get("id", ""))
            lines = one.get("withinLines")
            if isinstance(one.get("within"), str):
                parts = one["within"].upper().split(",")
                lines = next(
                    (
                        int(p.strip()[:-1])
                        for p in parts
                        if p.strip().endswith("L") and p.strip()[:-1].isdigit()
                    ),
                    None,
                )
            if one.get("withinColumns"):
                self.bag.change(where, f"rule {id}", f"requires {other} within lines, whatever the columns")
            found.append(
                (self.own.get(other) or f"{TOOL}.{other}".lower(), min(int(lines or LINES), MAX_LINES))
            )
        return tuple(found)

    def _global(self, entry: dict[str, Any], where: str) -> None:
        targets = strings(entry.get("targetRules"))
        if not targets:
            self._allow.general(entry, None, where, "")
        for target in targets:
            rule = self.own.get(target) or names.ours(target, self.ids)
            if rule is None:
                self.bag.leave(where, f"allow-list for rule {target}", names.suggestion(target, self.ids))
            else:
                self._allow.general(entry, rule, where, f"rule {target}, ")
