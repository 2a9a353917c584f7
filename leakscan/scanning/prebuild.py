"""For the build of a package: what a first run would compute for ten seconds is computed then, and comes with it."""

from __future__ import annotations

import os

from leakscan.model.cached import prebuilt_directory
from leakscan.model.rule import CONFIDENCES


def prebuild() -> None:
    """Fill the directory of what is prebuilt: the built-in rules as they are cached, the automaton of a scan that is told
    nothing, and that of one which is to report all. For a process of its own: it changes where this one caches.

    Raises ImportError where Hyperscan or PyYAML are missing, OSError where the package cannot be written to.
    """
    from leakscan.detect import automaton
    from leakscan.rulepack.load import builtin_directory, literals_of, load
    from leakscan.rulepack.prebuilt import write_stamp
    from leakscan.rulepack.stored import pattern_key, worth_running

    directory = prebuilt_directory()
    os.environ["LEAKSCAN_CACHE_DIR"] = directory
    write_stamp(builtin_directory())
    rule_set = load()
    literals = literals_of(rule_set)
    rules = worth_running(rule_set.rules, CONFIDENCES[: CONFIDENCES.index("medium") + 1])
    automaton.prebuild((rules, rule_set.rules), lambda pattern: literals[pattern_key(pattern)])
    for name in os.listdir(directory):
        os.chmod(os.path.join(directory, name), 0o644)  # cached files are the user's alone
