"""Trains the weights by which `leakscan/filters/value.py` judges generic candidates.

    python benchmarks/train_value.py --corpus DIR [--quiet DIR ...] [--folds 6] [--write]

`--corpus`: labelled files in the layout of https://github.com/Samsung/CredData as prepared for evaluation:
`DIR/data/<path>` and `DIR/labels.jsonl`, whose rows hold `path`, `label` (T, F or X), `start` and `end` (lines, 1-based),
`value_start` and `value_end` (characters in the line, or null). `--quiet`: source trees in which next to nothing is a
secret; each candidate there counts as false with little weight. The examples and counterexamples of the generic
rules are learned as well.

The model is a logistic regression over the features of `value_features.py`, trained by stochastic gradient descent
(AdaGrad) with an L2 penalty. `--folds` cross-validates by repository, so that nothing is tried on a repository that it
was trained on, and prints precision and recall over the thresholds.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import exp, sqrt
from pathlib import Path
from typing import NamedTuple

from leakscan.detect.checks import CHECKS
from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text
from leakscan.filters import placeholders, value
from leakscan.filters.value_features import FIRST, LAST, features
from leakscan.model.rule import Rule
from leakscan.rulepack.load import describe, load
from leakscan.rulepack.template import fill

LOOK = 128  # bytes of the line on either side, as the detector has
EPOCHS = 25
RATE = 0.25
PENALTY = 3.0
IDS = {"UUID", "Salt", "Nonce", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Other"}
KNOWN = 5  # repositories that a word of a name must occur in, for its feature to be learned
WRITTEN = "(examples)"  # the group of the rules' own examples
TARGET = Path(value.__file__).with_name("value_weights.py")


class Example(NamedTuple):
    """A candidate with what it is."""

    group: str  # a repository
    features: tuple[str, ...]
    secret: bool
    weight: float
    label: str  # T, F, X; U where nobody said


class Model(NamedTuple):
    """A trained model."""

    weights: dict[str, float]
    bias: float

    def score(self, names: Iterable[str]) -> float:
        """0.0 to 1.0."""
        return _logistic(self.bias + sum(self.weights.get(n, 0.0) for n in names))


def _logistic(x: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, x))))


class Candidate(NamedTuple):
    """A match of a generic rule that neither the placeholder filter nor a certain verdict drops."""

    line: int  # 1-based
    column: int  # characters, 0-based
    end: int
    rule: str
    name: bytes
    secret: bytes
    features: tuple[str, ...]


def candidates(rules: Sequence[tuple[Rule, re.Pattern[bytes]]], text: bytes) -> Iterator[Candidate]:
    """All candidates of a text."""
    for rule, pattern in rules:
        for m in pattern.finditer(text):
            start, end = next(
                m.span(g) for g in pattern.groupindex if g.startswith("secret") and m[g] is not None
            )
            low = text.rfind(b"\n", max(0, m.start() - LOOK), start)
            high = text.find(b"\n", end, m.end() + LOOK)
            before = text[max(0, m.start() - LOOK) if low < 0 else low + 1 : start]
            after = text[end : m.end() + LOOK if high < 0 else high]
            secret = text[start:end]
            if placeholders.reason(secret, before + secret + after) is not None:
                continue
            measures = {"entropy": shannon(secret), "unlike_text": unlike_text(secret)}
            if measures["entropy"] < (rule.entropy or 0) or measures["unlike_text"] < (rule.unlike_text or 0):
                continue
            if not all(CHECKS[name](secret) for name in rule.checks):
                continue
            site = value.site(rule.id, m.group(), secret, before, after, **measures)
            if value.certain(site) is not None:
                continue
            line_start = text.rfind(b"\n", 0, start) + 1
            column = len(text[line_start:start].decode("utf-8", "replace"))
            width = len(secret.decode("utf-8", "replace"))
            yield Candidate(
                text.count(b"\n", 0, start) + 1,
                column,
                column + width,
                rule.id,
                site.name,
                secret,
                tuple(features(site)),
            )


def labelled(corpus: Path, rules: Sequence[tuple[Rule, re.Pattern[bytes]]]) -> list[Example]:
    """The candidates of a labelled corpus. Repeated ones count less, and so do large repositories."""
    by_path: dict[str, list[dict[str, object]]] = defaultdict(list)
    with open(corpus / "labels.jsonl", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            by_path[row["path"]].append(row)
    found: list[tuple[Candidate, str, str]] = []
    for path, labels in sorted(by_path.items()):
        text = (corpus / "data" / path).read_bytes()
        for candidate in candidates(rules, text):
            label = _label(candidate, labels)
            if label:
                found.append((candidate, label, path.split("/")[0]))
    repeated = Counter((g, c.rule, c.name, c.secret, label) for c, label, g in found)
    examples = []
    for c, label, group in found:
        weight = (0.35 if label == "U" else 1.0) / sqrt(repeated[group, c.rule, c.name, c.secret, label])
        examples.append(Example(group, c.features, label == "T", weight, label))
    heavy: dict[str, float] = defaultdict(float)
    for e in examples:
        heavy[e.group] += e.weight
    return [e._replace(weight=e.weight * min(1.0, (60 / heavy[e.group]) ** 0.35)) for e in examples]


def _label(c: Candidate, labels: Sequence[dict[str, object]]) -> str:
    """T, F, X or U; nothing where the candidate touches an id, or stands beside a true value."""
    best = "U"
    for row in labels:
        if not int(str(row["start"])) <= c.line <= int(str(row["end"])):
            continue
        if row["label"] != "T":
            best = str(row["label"]) if best == "U" else best
            continue
        start, end = row["value_start"], row["value_end"]
        known = isinstance(start, int) and isinstance(end, int) and 0 < start < end
        if known and not (start < c.end and c.column < end):  # type: ignore[operator]
            best = "" if best in ("U", "F", "X") else best
        elif set(row["categories"]) <= IDS:  # type: ignore[call-overload]
            best = "" if best != "T" else best
        else:
            return "T"
    return best


def quiet(
    trees: Sequence[Path], rules: Sequence[tuple[Rule, re.Pattern[bytes]]], weight: float
) -> list[Example]:
    """The candidates of trees without secrets, each distinct one once."""
    examples = []
    for tree in trees:
        seen = set()
        for path in sorted(tree.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20:
                text = path.read_bytes()
                if b"\0" in text[:8000]:
                    continue
                for c in candidates(rules, text):
                    if (c.rule, c.name, c.secret) not in seen:
                        seen.add((c.rule, c.name, c.secret))
                        examples.append(Example(str(tree), c.features, False, weight, "U"))
    return examples


def written(rules: Sequence[tuple[Rule, re.Pattern[bytes]]]) -> list[Example]:
    """The rules' own examples and counterexamples, filled a few times."""
    examples = []
    for rule, pattern in rules:
        for secret, texts in ((True, rule.examples), (False, rule.counterexamples)):
            for text in texts:
                for seed in range(6):
                    content = fill(text, f"{rule.id}/train/{seed}").encode()
                    examples += [
                        Example(WRITTEN, c.features, secret, 0.2, "T" if secret else "F")
                        for c in candidates([(rule, pattern)], content)
                    ]
    return examples


def train(examples: Sequence[Example], seed: int = 0) -> Model:
    """The model that fits `examples`."""
    weights: dict[str, float] = defaultdict(float)
    seen = Counter(n for e in examples for n in e.features)
    squares: dict[str, float] = defaultdict(lambda: 1e-2)
    bias, bias_square = 0.0, 1e-2
    order = list(range(len(examples)))
    rng = random.Random(seed)
    for epoch in range(EPOCHS):
        rng.shuffle(order)
        rate = RATE / (1 + 0.15 * epoch)
        for i in order:
            e = examples[i]
            error = (_logistic(bias + sum([weights[n] for n in e.features])) - e.secret) * e.weight
            for n in e.features:
                step = error + PENALTY * weights[n] / seen[n]
                squares[n] += step * step
                weights[n] -= rate * step / sqrt(squares[n])
            bias_square += error * error
            bias -= rate * error / sqrt(bias_square)
    return Model(dict(weights), bias)


def without_rare_words(examples: Sequence[Example]) -> list[Example]:
    """`examples` without the features of words in names that hardly any repository has."""
    groups: dict[str, set[str]] = defaultdict(set)
    for e in examples:
        for name in e.features:
            if name.startswith((FIRST, LAST)) and e.group != WRITTEN:
                groups[name].add(e.group)
    known = {name for name, some in groups.items() if len(some) >= KNOWN}
    return [
        e._replace(features=tuple(n for n in e.features if n in known or not n.startswith((FIRST, LAST))))
        for e in examples
    ]


def cross_validate(examples: Sequence[Example], folds: int) -> None:
    """Prints precision and recall over candidates, each judged by a model that never saw its repository."""
    groups = sorted({e.group for e in examples if (e.label != "U" or e.secret) and e.group != WRITTEN})
    random.Random(5).shuffle(groups)
    scored: list[tuple[float, Example]] = []
    for fold in range(folds):
        held = set(groups[fold::folds])
        model = train([e for e in examples if e.group not in held])
        scored += [(model.score(e.features), e) for e in examples if e.group in held]
    print("threshold  precision  recall  F1     unlabelled")
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8):
        over = [e for score, e in scored if score >= threshold]
        true = sum(e.secret for e in over)
        false = sum(e.label in "FX" for e in over)
        precision = true / max(1, true + false)
        recall = true / max(1, sum(e.secret for _, e in scored))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{threshold:9.2f}  {precision:9.3f}  {recall:6.3f}  {f1:.3f}  {len(over) - true - false:10d}")


def write(model: Model) -> None:
    """Writes `value_weights.py`; weights next to zero are left out."""
    kept = {n: round(w, 2) for n, w in model.weights.items() if abs(w) >= 0.03}
    lines = [
        f"    {json.dumps(n)}: {w}," for n, w in sorted(kept.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    TARGET.write_text(
        '"""Made by benchmarks/train_value.py: what each feature speaks for (positive: a secret). Do not edit."""\n\n'
        f"BIAS = {model.bias:.2f}\n"
        "WEIGHTS: dict[str, float] = {\n" + "\n".join(lines) + "\n}\n"
    )


def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("--corpus", type=Path, required=True)
    args.add_argument("--quiet", type=Path, action="append", default=[])
    args.add_argument("--quiet-weight", type=float, default=0.1)
    args.add_argument("--folds", type=int, default=6)
    args.add_argument("--write", action="store_true")
    options = args.parse_args()
    rule_set = load([])
    described = describe(rule_set, [r for r in rule_set.rules if r.generic])
    rules = [(r, re.compile(r.pattern.encode())) for _, r in sorted(described.items())]
    own = labelled(options.corpus, rules) + written(rules)
    examples = without_rare_words(own + quiet(options.quiet, rules, options.quiet_weight))
    print(Counter(e.label for e in examples), file=sys.stderr)
    if options.folds > 1:
        cross_validate(examples, options.folds)
    if options.write:
        write(train(examples))


if __name__ == "__main__":
    main()
