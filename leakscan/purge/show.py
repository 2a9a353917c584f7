"""Plans and verdicts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git.catfile import Broken
from leakscan.model.text import escape

from .replace import Matcher

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

    from .model import Plan
    from .verify import Verdict

_SHOWN = 10
_WIDEST = 300  # bytes of a line


def summary(plan: Plan, strict: str = "", output: str | None = None) -> list[str]:
    """What a plan would do, for a person."""
    c = plan.counts
    lines = [f"PLAN {plan.plan_id}"]
    for number, secret in enumerate(plan.secrets, 1):
        homes = (
            ", ".join(f"{count} in {kind}" for kind, count in secret.homes.items())
            or "not found in any object"
        )
        lines.append(f"  secret {number}: {secret.label} ({secret.rule or 'given'}): {homes}")
    lines += [f"  remove path: {_safe(path)}" for path in plan.remove_paths]
    if plan.is_empty:
        lines.append("  nothing that refs lead to has to change")
    else:
        lines.append(
            f"  {c.blobs_rewritten} blobs, {c.trees_rewritten} trees, {c.commits_rewritten}/{c.commits} commits, "
            f"{c.tags_rewritten}/{c.tags} tags, {c.refs_moved}/{c.refs} refs"
        )
        lines.append(
            f"  signatures lost: {c.signatures_lost} of {c.signatures}; messages edited: {c.messages_edited}; "
            f"names: {len(plan.names)}; refs of pull requests: {c.pull_refs}"
        )
        lines.append(f"  first changed: {', '.join(oid[:12] for oid in plan.first_changed[:_SHOWN])}")
    for edit in plan.blobs[:_SHOWN]:
        where = ", ".join(_safe(path) for path in edit.paths[:3]) or "-"
        lines.append(f"  blob {edit.old[:12]}: {edit.action}, {len(edit.spans)} places, {where}")
    if len(plan.blobs) > _SHOWN:
        lines.append(f"  … and {len(plan.blobs) - _SHOWN} more blobs")
    for question in plan.questions:
        answer = question.answer or f"unanswered: --answer {question.id}={'|'.join(question.choices)}"
        lines.append(f"  question {question.id}: {question.what}: {answer}")
    if plan.emptied:
        lines.append(f"  {len(plan.emptied)} commits no longer change anything; they are kept")
    lines += [f"  left: {text}" for text in plan.unmapped[:_SHOWN]]
    lines += [f"  warning: {text}" for text in plan.warnings[:_SHOWN]]
    if len(plan.warnings) > _SHOWN:
        lines.append(f"  … and {len(plan.warnings) - _SHOWN} more warnings: the plan file has them")
    if strict:
        lines.append(
            f"  warning: a server that checks objects may refuse the push: {strict}; --normalise mends it"
        )
    lines.append(f"Nothing was changed. Next: leakscan purge run {output or plan.plan_id}")
    return lines


def diff(plan: Plan, repo: Repository, matcher: Matcher, limit: int = 200) -> list[str]:
    """The lines that change, before and after, with every secret masked; `limit` lines at most."""
    from leakscan.git.objects import ObjectStore
    from leakscan.git.steps import LARGEST

    store = ObjectStore.of(repo)
    out: list[str] = []
    for edit in plan.blobs:
        found = store.read(bytes.fromhex(edit.old), LARGEST)
        if isinstance(found, Broken) or len(out) >= limit:
            break
        where = _safe(edit.paths[0]) if edit.paths else edit.old[:12]
        if edit.action != "replace":
            out.append(f"{where}: {edit.action}")
            continue
        masked = Matcher(matcher.secrets, b"\x1a")
        lines = {found.data.count(b"\n", 0, span.start): span for span in edit.spans}
        for number, span in lines.items():
            start = found.data.rfind(b"\n", 0, span.start) + 1
            end = found.data.find(b"\n", span.end)
            line = found.data[start : end if end >= 0 else len(found.data)][:_WIDEST]
            out.append(f"{where}:{number + 1}")
            label = f"[{plan.secrets[span.secret].label}]"
            out.append("  - " + escape(masked.replaced(line)).replace("\\x1a", label))
            out.append("  + " + escape(matcher.replaced(line)))
    store.close()
    return out[:limit]


def verdict_lines(verdict: Verdict, last: bool) -> list[str]:
    """What a search says, for a person; `last`: after cleanup, when nothing at all may be left."""
    if verdict.certified:
        return ["CLEAN: nothing has changed since everything was searched and nothing found."]
    lines = [f"{verdict.objects} objects and {verdict.files} other files of the git directory were searched."]
    lines += [f"  STILL THERE: {text}" for text in verdict.reachable[:_SHOWN]]
    lines += [f"  STILL THERE, in a submodule's repository: {text}" for text in verdict.modules]
    if verdict.problems:
        lines += [f"  NOT AS PLANNED: {text}" for text in verdict.problems[:_SHOWN]]
    left = verdict.old_objects or verdict.old_ids or verdict.old_files
    if left and last:
        lines.append(f"  STILL THERE: {verdict.old_objects} objects, {len(verdict.old_ids)} rewritten ids")
        lines += [f"  STILL THERE: {path}" for path in verdict.old_files[:_SHOWN]]
    elif left:
        lines.append(
            "  Reachable: nothing. Old objects and files are there until cleanup, so that undo is possible."
        )
    if verdict.unlooked:
        lines.append(f"  {len(verdict.unlooked)} things could not be looked into: {verdict.unlooked[0]}")
    if verdict.clean:
        lines.append("CLEAN")
    return lines


def _safe(text: str) -> str:
    return escape(text.encode("utf-8", "surrogateescape"))
