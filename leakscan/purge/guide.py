"""The steps of a purge in plain words, and which one is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from leakscan.purge.state import Phase


class Step(NamedTuple):
    """A step as it is explained. `words` are lines."""

    name: str
    title: str
    words: tuple[str, ...]


STEPS = (
    Step(
        "find",
        "Find: what is in the history?",
        ("Every commit, every branch, tag and stash is looked at. Nothing is changed.",),
    ),
    Step(
        "rotate",
        "Rotate: make the secret worthless",
        (
            "Whoever has seen the secret still has it, whatever you do to the history. Replace it first:",
            "this is what protects you. Taking it out of history comes second.",
        ),
    ),
    Step(
        "backup",
        "Back up",
        (
            "A copy of the whole git directory, which is tried before anything is changed. With it, everything can be",
            "brought back, even after the last step. It holds the secret: delete it when you no longer need it.",
        ),
    ),
    Step(
        "plan",
        "Plan: what would change?",
        (
            "All new commits are computed and checked, and put aside. Your branches stay where they are.",
            "Only commits that contain the secret, and those that come after them, get new ids.",
        ),
    ),
    Step(
        "run",
        "Run: change the history of this clone",
        (
            "All branches, tags and stashes move to the new history at once, or none of them does.",
            "It can be undone until the cleanup. Nobody else notices anything yet.",
        ),
    ),
    Step(
        "verify",
        "Verify: is it gone, and is everything else as it was?",
        (
            "Every object and every file of the git directory is searched, in all encodings. The old objects are still",
            "there, so that you can undo.",
        ),
    ),
    Step(
        "cleanup",
        "Clean up: remove the old history from this clone",
        (
            "From here on there is no undo, only your backup. Then everything is searched once more.",
            "If you are in doubt, stop here, look around with git log, and come back.",
        ),
    ),
    Step(
        "push",
        "Push: replace the history on the server",
        (
            "The server is asked what it has first. If somebody has pushed in the meantime, nothing is pushed.",
            "Tell everybody to stop pushing until you have told them what to do.",
        ),
    ),
    Step(
        "handoff",
        "Hand off: tell the others",
        (
            "Every other clone still has the old history and can bring it back. A message for everybody who has one, and a",
            "ticket for what only the server's support can do, are written for you.",
        ),
    ),
)
NAMES = tuple(step.name for step in STEPS)


def number(name: str) -> int:
    """1-based."""
    return NAMES.index(name) + 1


def following(phase: Phase | None, done: Collection[str]) -> str | None:
    """The step that comes next for a plan in this phase; `done` are steps that leave no trace in it. None: all done."""
    match phase:
        case None | "undone":
            return "find"
        case "planned" | "moving":
            return "run"
        case "moved":
            return "cleanup" if "verify" in done else "verify"
        case "cleaning":
            return "cleanup"
        case "undoing":
            return "undo"
        case "clean":
            return next((name for name in ("push", "handoff") if name not in done), None)
