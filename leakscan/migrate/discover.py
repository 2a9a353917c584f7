"""What of other scanners lies in a repository, by its usual names and by how CI calls them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Tool = Literal[
    "gitleaks", "betterleaks", "detect-secrets", "git-secrets", "trufflehog", "ripsecrets", "ggshield", "kingfisher",
    "noseyparker", "credsweeper", "sarif",
]  # fmt: skip
TOOLS: tuple[Tool, ...] = get_args(Tool)
Kind = Literal[
    "gitleaks-config", "gitleaksignore", "betterleaksignore", "report", "secrets-baseline", "gitallowed",
    "trufflehog-config", "trufflehog-paths", "secretsignore", "gitguardian", "kingfisher-config", "kingfisher-rules",
    "kingfisher-baseline", "noseyparker-rules", "gitignore", "credsweeper-config", "credsweeper-rules",
    "credsweeper-denylist",
]  # fmt: skip


class Artefact(NamedTuple):
    """A file and what it is."""

    tool: Tool
    kind: Kind
    path: Path


_NAMES: tuple[tuple[str, Tool, Kind], ...] = (
    (".betterleaks.toml", "betterleaks", "gitleaks-config"),
    (".gitleaks.toml", "gitleaks", "gitleaks-config"),
    (".gitleaksignore", "gitleaks", "gitleaksignore"),
    (".betterleaksignore", "betterleaks", "betterleaksignore"),
    (".secrets.baseline", "detect-secrets", "secrets-baseline"),
    (".gitallowed", "git-secrets", "gitallowed"),
    (".secretsignore", "ripsecrets", "secretsignore"),
    (".gitguardian.yaml", "ggshield", "gitguardian"),
    (".gitguardian.yml", "ggshield", "gitguardian"),
    (".gitguardian", "ggshield", "gitguardian"),
)
# Names that a tool does not look for, but its users give: they count if the file says what its kind does.
_USUAL: tuple[tuple[str, Tool, Kind, str], ...] = (
    ("kingfisher.yaml", "kingfisher", "kingfisher-config", r"^(?:scan|filters|validation|baseline|global):"),
    ("trufflehog.yaml", "trufflehog", "trufflehog-config", r"^detectors:"),
    ("trufflehog.yml", "trufflehog", "trufflehog-config", r"^detectors:"),
    (".trufflehog.yaml", "trufflehog", "trufflehog-config", r"^detectors:"),
    (".trufflehog.yml", "trufflehog", "trufflehog-config", r"^detectors:"),
)
# Options that name a file, in CI files and hooks: (tool, option) → kind.
_OPTIONS: dict[tuple[Tool, str], Kind] = {
    ("gitleaks", "--config"): "gitleaks-config", ("gitleaks", "-c"): "gitleaks-config",
    ("gitleaks", "GITLEAKS_CONFIG"): "gitleaks-config", ("betterleaks", "BETTERLEAKS_CONFIG"): "gitleaks-config",
    ("betterleaks", "--config"): "gitleaks-config", ("betterleaks", "-c"): "gitleaks-config",
    ("gitleaks", "--baseline-path"): "report", ("gitleaks", "-b"): "report",
    ("betterleaks", "--baseline-path"): "report", ("betterleaks", "--ignore-file"): "betterleaksignore",
    ("gitleaks", "--gitleaks-ignore-path"): "gitleaksignore", ("gitleaks", "-i"): "gitleaksignore",
    ("detect-secrets", "--baseline"): "secrets-baseline",
    ("trufflehog", "--config"): "trufflehog-config", ("trufflehog", "--exclude-paths"): "trufflehog-paths",
    ("trufflehog", "-x"): "trufflehog-paths",
    ("kingfisher", "--config"): "kingfisher-config", ("kingfisher", "--baseline-file"): "kingfisher-baseline",
    ("kingfisher", "--rules-path"): "kingfisher-rules", ("noseyparker", "--ignore"): "gitignore",
    ("noseyparker", "-i"): "gitignore",
    ("noseyparker", "--rules"): "noseyparker-rules", ("credsweeper", "--config"): "credsweeper-config",
    ("credsweeper", "--rules"): "credsweeper-rules", ("credsweeper", "--denylist"): "credsweeper-denylist",
}  # fmt: skip
_NEAR = 1000  # characters between a command and its option at most
_CI = (
    ".pre-commit-config.yaml", ".gitlab-ci.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile", "Makefile",
    ".circleci/config.yml", "justfile", "Taskfile.yml", "lefthook.yml", "package.json", ".husky/pre-commit",
)  # fmt: skip


_DETECTORS = re.compile(r"^(?:detectors:|rules:|- name: .*\n(?:  |- )+(?:keywords|regex):)", re.MULTILINE)


def find(root: Path, tool: Tool | None = None) -> list[Artefact]:
    """What is there; of `tool` alone, if it is given. Of two configurations of gitleaks the one that counts."""
    found: dict[Path, Artefact] = {}
    for name, owner, kind in _NAMES:
        path = root / name
        if path.is_file() and not (kind == "gitleaks-config" and any(a.kind == kind for a in found.values())):
            found[path] = Artefact(owner, kind, path)
    for name, owner, kind, says in _USUAL:
        path = root / name
        if path.is_file() and re.search(
            says, path.read_text("utf-8", errors="replace")[: 1 << 20], re.MULTILINE
        ):
            found[path] = Artefact(owner, kind, path)
    for artefact in _called(root):
        found.setdefault(artefact.path, artefact)
    return [
        a
        for a in found.values()
        if tool is None or a.tool == tool or {a.tool, tool} == {"gitleaks", "betterleaks"}
    ]


def _says(path: Path, words: str) -> bool:
    """Whether a file is there and says something of that form."""
    if not path.is_file():
        return False
    return re.search(words, path.read_text("utf-8", errors="replace")[: 1 << 20], re.MULTILINE) is not None


def _called(root: Path) -> Iterator[Artefact]:
    """Files that commands in CI files name."""
    workflows = sorted((root / ".github" / "workflows").glob("*.y*ml")) if (root / ".github").is_dir() else []
    for file in [*(root / name for name in _CI), *workflows]:
        if not file.is_file() or file.stat().st_size > 1 << 20:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        for (tool, option), kind in _OPTIONS.items():
            if tool not in text.lower():
                continue
            for match in re.finditer(
                rf"(?<![\w-]){option}['\"]?(?:=|,|:|\s)\s*(?:-\s+)?['\"]?([\w./-]+)", text
            ):
                path = root / match[1]
                if (
                    path.is_file()
                    and path.resolve().is_relative_to(root.resolve())
                    and (option.endswith("_CONFIG") or _belongs(text, match.start(), tool))
                ):
                    yield Artefact(tool, kind, path)


def _belongs(text: str, at: int, tool: str) -> bool:
    """Whether the command before `at` is that of `tool`: the last scanner that is named before it, with no other command
    in between."""
    before = text[max(0, at - _NEAR) : at].lower()
    named = list(re.finditer(rf"(?<![\w-])(?:{'|'.join(TOOLS)})(?!\w)", before))
    if not named or named[-1][0] != tool:
        return False
    # A member of an object in JSON is a command of its own; elsewhere one can go over several lines.
    return not re.search(r'&&|\|\||;|,\s*\n\s*"[^"\n]*"\s*:', before[named[-1].end() :])


def of_file(path: Path, tool: Tool | None) -> Artefact | None:
    """What a file that was named is: by its name, else by `tool` and what is in it."""
    for name, owner, kind in _NAMES:
        if path.name == name:
            return Artefact(owner, kind, path)
    for name, owner, kind, says in _USUAL:
        if path.name == name and tool in (None, owner) and _says(path, says):
            return Artefact(owner, kind, path)
    start = path.read_bytes()[: 1 << 20].decode("utf-8", "replace") if path.is_file() else ""
    suffix = path.suffix.lower()
    if suffix == ".toml" and tool in (None, "gitleaks", "betterleaks"):
        return Artefact(tool or "gitleaks", "gitleaks-config", path)
    match tool:
        case "trufflehog":
            return Artefact(
                tool,
                "trufflehog-config" if _DETECTORS.search(start) else _report_or("trufflehog-paths", start),
                path,
            )
        case "kingfisher":
            if re.search(r"^rules:\s*$", start, re.MULTILINE) and "pattern:" in start:
                return Artefact(tool, "kingfisher-rules", path)
            baseline = "ExactFindings:" in start or "fingerprint_algorithm:" in start
            return Artefact(
                tool, "kingfisher-baseline" if baseline else _report_or("kingfisher-config", start), path
            )
        case "noseyparker":
            rules = re.search(r"^(rules|rulesets):\s*$", start, re.MULTILINE)
            return Artefact(tool, "noseyparker-rules" if rules else _report_or("gitignore", start), path)
        case "credsweeper":
            if suffix in (".yaml", ".yml"):
                return Artefact(tool, "credsweeper-rules", path)
            named = '"exclude"' in start
            return Artefact(
                tool, "credsweeper-config" if named else _report_or("credsweeper-denylist", start), path
            )
        case "detect-secrets":
            return Artefact(tool, "secrets-baseline", path)
        case "ggshield":
            return Artefact(tool, _report_or("gitguardian", start), path)
        case "ripsecrets":
            return Artefact(tool, "secretsignore", path)
        case "git-secrets":
            return Artefact(tool, "gitallowed", path)
    if start.lstrip().startswith(("{", "[")):
        detected: Tool = "sarif" if '"runs"' in start else tool or "gitleaks"
        if '"plugins_used"' in start:
            return Artefact("detect-secrets", "secrets-baseline", path)
        return Artefact(detected, "report", path)
    if "fingerprint_algorithm:" in start or "ExactFindings:" in start:
        return Artefact("kingfisher", "kingfisher-baseline", path)
    return None


def _report_or(kind: Kind, start: str) -> Kind:
    return "report" if start.lstrip().startswith(("{", "[")) else kind
