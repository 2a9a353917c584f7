"""What each scanner leaves in a repository: taken over, or listed with the reason. Secrets are drawn, not written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from leakscan.config.parse import parse_config
from leakscan.migrate import write
from leakscan.migrate.discover import Tool, find, of_file
from leakscan.migrate.gather import gather
from leakscan.migrate.outcome import Bag
from leakscan.rulepack.load import load

IDS = [
    "generic.password",
    "generic.token",
    "private-key.pem",
    "github.pat-classic",
    "jwt.token",
    "slack.webhook",
]


def read(root: Path, name: str, text: str, tool: Tool | None = None) -> Bag:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    artefact = of_file(root / name, tool)
    assert artefact is not None
    bag = gather([artefact], root, IDS)
    written(root, bag)
    return bag


def written(root: Path, bag: Bag) -> None:
    """Whatever is taken over, our own readers take what is written of it."""
    parse_config(write.config(bag, baseline=True).encode(), "c", root)
    if bag.rules:
        (root / "pack.yaml").write_text(write.pack(bag), encoding="utf-8")
        assert {r.id for r in bag.rules} <= {r.id for r in load([root / "pack.yaml"], builtin=False).rules}


def whys(bag: Bag) -> dict[str, str]:
    return {remark.what: remark.why for remark in bag.left}


GITLEAKS = r"""
title = "ours"
surprise = 1
[extend]
useDefault = true
disabledRules = ["generic-api-key", "private-key", "unheard-of"]
[[rules]]
id = "acme-key"
description = "Acme key"
regex = '''acme_([0-9a-f]{32})'''
secretGroup = 1
entropy = 3.5
keywords = ["acme_"]
path = '''^deploy/.*\.env$'''
tags = ["acme"]
[[rules.allowlists]]
paths = ['''(^|/)testdata/''']
regexes = ['''^0{32}$''']
stopwords = ["example"]
commits = ["deadbeef"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''# fake''']
[[rules.allowlists]]
condition = "AND"
paths = ['''^docs/''']
regexes = ['''^f+$''']
[[rules.required]]
id = "acme-id"
withinLines = 3
[[rules]]
id = "acme-id"
regex = '''(?i)\bacme-id-[a-z]{8}\b'''
skipReport = true
[[rules]]
id = "names-only"
path = '''\.p12$'''
[[rules]]
id = "backref"
regex = '''(a)\1'''
[[rules]]
id = "jwt"
[rules.allowlist]
paths = ['''^samples/''']
[[rules]]
id = "vault-batch-token"
[rules.allowlist]
paths = ['''^x/''']
[[allowlists]]
description = "Vendored"
paths = ['''^vendor/''', '''a(?=b)''']
regexes = ['''^PLACEHOLDER''']
stopwords = ["sample.key"]
[[allowlists]]
targetRules = ["acme-key", "nobody"]
regexes = ['''^1{32}$''']
"""


def test_gitleaks_config(tmp_path: Path) -> None:
    bag = read(tmp_path, ".gitleaks.toml", GITLEAKS)
    assert [r.id for r in bag.rules] == ["gitleaks.acme-key", "gitleaks.acme-id"]
    key, other = bag.rules
    assert key.pattern == "acme_(?P<secret>[0-9a-f]{32})"
    assert (key.entropy, key.paths, key.tags) == (3.5, ("/deploy/**/*.env",), ("acme",))
    assert key.exclude_paths == ("**/testdata/",)
    assert key.allow_secrets == ("^0{32}\\Z",)
    assert (key.allow_lines, key.allow_words) == (("\\# fake",), ("example",))
    assert key.requires == (("gitleaks.acme-id", 3),)
    assert other.part
    assert bag.exclude == ["/vendor/"]
    assert bag.disable == ["generic.*", "private-key.*"]
    allowed = {(a.path, a.regex, a.rule) for a in bag.allow}
    assert allowed == {
        ("/docs/", "^f+\\Z", "gitleaks.acme-key"),
        (None, "^PLACEHOLDER", None),
        (None, "(?i:sample\\.key)", None),
        (None, "^1{32}\\Z", "gitleaks.acme-key"),
        ("/samples/", None, "jwt.*"),
    }
    assert [k.commit for k in bag.known] == ["deadbeef"]
    left = whys(bag)
    assert set(left) == {
        "surprise",
        "disabled rule unheard-of",
        "rule names-only",
        "rule backref",
        "rule vault-batch-token",
        "path a(?=b)",
        "allow-list for rule nobody",
    }
    assert all(left.values())
    assert bag.left[0].where == ".gitleaks.toml:3"


def test_gitleaks_config_that_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("[[rules]]\nid = 'base'\nregex = 'acme_[a-z]{9}'\n")
    bag = read(tmp_path, ".gitleaks.toml", "[extend]\npath = 'base.toml'\n")
    assert [r.id for r in bag.rules] == ["gitleaks.base"]
    outside = read(tmp_path, ".gitleaks.toml", "[extend]\npath = '../elsewhere.toml'\n")
    assert "leads out of the repository" in outside.left[0].why


def test_what_is_no_toml(tmp_path: Path) -> None:
    assert "is not TOML" in read(tmp_path, ".gitleaks.toml", "[[rules").left[0].why


def test_gitleaksignore(tmp_path: Path) -> None:
    commit = "a" * 40
    bag = read(
        tmp_path,
        ".gitleaksignore",
        f"# c\n\n{commit}:a b.py:jwt:3\nsrc\\x.py:jwt:4\nnonsense\na.zip!b:jwt:1\n",
    )
    assert [(k.commit, k.path, k.line, k.rule) for k in bag.known] == [
        (commit, b"a b.py", 3, "jwt"),
        (None, b"src/x.py", 4, "jwt"),
    ]
    assert [r.where for r in bag.left] == [".gitleaksignore:5", ".gitleaksignore:6"]


def test_betterleaksignore(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    bag = read(
        tmp_path, ".betterleaksignore", f"{digest}\nhmac-sha256:{digest}\na/b.py:some-rule:3\nold:location\n"
    )
    assert [(k.hash, k.path, k.line) for k in bag.known] == [
        (("sha256", digest), None, None),
        (None, b"a/b.py", 3),
    ]
    assert len(bag.left) == 2


def test_secretsignore_never_shows_its_secrets(tmp_path: Path) -> None:
    secret = "very" + "secret" + "value" + "1234567"
    bag = read(tmp_path, ".secretsignore", f"*.lock\n/docs/\n# c\n[secrets]\n{secret}\n")
    assert bag.exclude == ["*.lock", "/docs/"]
    assert [k.value.reveal() for k in bag.known if k.value] == [secret.encode()]
    assert secret not in repr(bag)
    assert secret not in bag.known[0].name


GITGUARDIAN = """
version: 2
exit_zero: true
secret:
  ignored_paths: ['**/*.whl', package-lock.json, docs/**]
  ignored_detectors: [Generic Password, Unheard Of]
  ignored_matches:
  - name: sample
    match: {digest}
  - name: plain
    match: {plain}
  show_secrets: true
"""


def test_gitguardian(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    plain = "plain" + "value" + "98765"
    bag = read(tmp_path, ".gitguardian.yaml", GITGUARDIAN.format(digest=digest, plain=plain))
    assert bag.exclude == ["**/*.whl", "/package-lock.json", "docs/**"]
    assert bag.disable == ["generic.password"]
    assert [k.hash for k in bag.known] == [("sha256-typed", digest), None]
    assert set(whys(bag)) == {"exit_zero", "show_secrets", "ignored detector Unheard Of"}
    assert plain not in write.config(bag, baseline=True)


def test_gitguardian_of_version_one(tmp_path: Path) -> None:
    bag = read(
        tmp_path, ".gitguardian.yml", "paths-ignore: [a/]\nmatches-ignore:\n- {name: n, match: somevalue99}\n"
    )
    assert (bag.exclude, len(bag.known)) == (["/a/"], 1)


def test_detect_secrets_baseline(tmp_path: Path) -> None:
    digest = hashlib.sha1(b"x").hexdigest()
    document: dict[str, Any] = {
        "version": "1.5.0",
        "plugins_used": [
            {"name": "HexHighEntropyString", "limit": 3.0},
            {"name": "Own", "path": "file://own.py"},
            {"name": "KeywordDetector", "keyword_exclude": "fake"},
        ],
        "filters_used": [
            {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
            {
                "path": "detect_secrets.filters.regex.should_exclude_file",
                "pattern": [r"(^|\/)mock\/", "^spec/"],
            },
            {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["^fake"]},
            {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["sha256:"]},
            {"path": "file://filter.py::judge"},
        ],
        "results": {
            "a.py": [
                {"type": "Secret Keyword", "hashed_secret": digest, "line_number": 7, "is_secret": False},
                {"type": "Broken"},
            ]
        },
    }
    bag = read(tmp_path, ".secrets.baseline", json.dumps(document, indent=1))
    assert bag.exclude == ["**/mock/", "/spec/", "/.secrets.baseline"]
    assert [(a.regex, a.path) for a in bag.allow] == [("^fake", None)]
    line, known = bag.known
    assert line.text == "sha256:"
    assert (known.path, known.line, known.hash) == (b"a.py", 7, ("sha1", digest))
    assert "audited as false alarm" in known.reason
    assert set(whys(bag)) == {
        "plugin Own",
        "plugin KeywordDetector, keyword_exclude fake",
        "a.py: Broken",
        "filter file://filter.py::judge",
    }


def test_detect_secrets_baseline_of_version_zero(tmp_path: Path) -> None:
    document = {
        "exclude": {"files": "^old/", "lines": None},
        "plugins_used": [],
        "results": {},
        "word_list": {"file": "w"},
    }
    bag = read(tmp_path, ".secrets.baseline", json.dumps(document))
    assert bag.exclude == ["/old/", "/.secrets.baseline"]
    assert set(whys(bag)) == {"word_list"}


def test_gitallowed(tmp_path: Path) -> None:
    bag = read(
        tmp_path,
        ".gitallowed",
        "# c\n^docs/setup\\.md:.*\nfixtures/key.pem:[0-9]+:.*\nacme_id = [0-9]{4}\n(a)\\1\n",
    )
    assert {a.path for a in bag.allow if a.path} == {"/docs/setup.md", "**/fixtures/key?pem"}
    assert [a.regex for a in bag.allow if a.regex] == ["acme_id = \\d{4}"]
    assert [k.text for k in bag.known] == ["acme_id = \\d{4}"]
    assert len(bag.left) == 1


TRUFFLEHOG = r"""
sources: []
detectors:
- name: AcmeDetector
  keywords: [acme]
  regex: {key: 'acme_([0-9a-f]{32})', id: 'acmeid-([0-9]{8})'}
  primary_regex_name: key
  exclude_words: [sample]
  exclude_regexes_capture: ['^0+$']
  entropy: 3
  verify: [{endpoint: 'https://acme.example'}]
"""


def test_trufflehog_detectors(tmp_path: Path) -> None:
    bag = read(tmp_path, "trufflehog.yaml", TRUFFLEHOG, "trufflehog")
    part, key = bag.rules
    assert (part.id, part.part) == ("trufflehog.acmedetector-id", True)
    assert (key.id, key.entropy, key.allow_words) == ("trufflehog.acmedetector", 3.0, ("sample",))
    assert key.requires == ((part.id, 10),)
    assert set(whys(bag)) == {"sources", "detector AcmeDetector, verify"}


def test_trufflehog_paths(tmp_path: Path) -> None:
    assert read(tmp_path, "exclude.txt", "^vendor/\n# c\n\\.lock$\n", "trufflehog").exclude == [
        "/vendor/",
        "*.lock",
    ]


KINGFISHER = r"""
rules:
- name: Acme key
  id: kingfisher.acme.1
  pattern: |
    (?xi) acme [_-]
    (?P<TOKEN> [0-9a-f]{16} )
  min_entropy: 3.0
  confidence: high
  examples: ['acme_0123456789abcdef', 'nothing at all']
  negative_examples: ['acme_xyz']
  depends_on_rule: [{rule_id: kingfisher.acme.2, variable: ID}, {rule_id: kingfisher.other.9, variable: X}]
  pattern_requirements: {ignore_if_contains: [sample], checksum: x}
  validation: {type: Http}
- name: Acme id
  id: kingfisher.acme.2
  pattern: 'acmeid-([0-9]{8})'
  visible: false
"""


def test_kingfisher_rules(tmp_path: Path) -> None:
    bag = read(tmp_path, "acme.yml", KINGFISHER, "kingfisher")
    key, other = bag.rules
    assert (key.id, key.confidence, key.entropy, key.allow_words) == (
        "kingfisher.acme-1",
        "high",
        3.0,
        ("sample",),
    )
    assert key.requires == (("kingfisher.acme-2", 20),)
    assert other.part
    assert [c.why for c in bag.changed] == ["the translated pattern does not find number 2 of its examples"]
    assert "acme_0123456789abcdef" not in write.pack(bag)
    assert set(whys(bag)) == {
        "rule kingfisher.acme.1, validation",
        "rule kingfisher.acme.1, pattern_requirements.checksum",
        "rule kingfisher.acme.1, depends_on_rule kingfisher.other-9",
    }


def test_kingfisher_config_and_baseline(tmp_path: Path) -> None:
    text = (
        "scan: {jobs: 2}\nfilters:\n  exclude: ['*.lock']\n  skip_regex: ['^fake']\n  skip_word: [sample]\n"
    )
    bag = read(tmp_path, "kingfisher.yaml", text, "kingfisher")
    assert bag.exclude == ["*.lock"]
    assert [a.regex for a in bag.allow] == ["^fake", "(?i:sample)"]
    assert set(whys(bag)) == {"scan.jobs"}
    new = (
        "version: 2\nfingerprint_algorithm: kingfisher-v1\nrepositories:\n"
        "- {id: x, findings: [{path: a.py, fingerprint: '1', rule_id: r, line: 3}]}\n"
    )
    old = "ExactFindings:\n  matches: [{filepath: b.py, fingerprint: ab, linenum: 4}]\n"
    for text, path, line in ((new, b"a.py", 3), (old, b"b.py", 4)):
        [known] = read(tmp_path, "baseline.yaml", text).known
        assert (known.path, known.line) == (path, line)


def test_noseyparker_rules(tmp_path: Path) -> None:
    text = (
        "rules:\n- {name: Acme, id: np.acme.1, pattern: 'acme_([a-z]{12})', references: ['https://acme.example']}\n"
        "rulesets:\n- {id: mine}\n"
    )
    bag = read(tmp_path, "np.yaml", text, "noseyparker")
    assert [(r.id, r.references) for r in bag.rules] == [("noseyparker.acme-1", ("https://acme.example",))]
    assert set(whys(bag)) == {"ruleset mine"}


def test_credsweeper(tmp_path: Path) -> None:
    value = "not" + "asecret" + "4711"
    document = {
        "exclude": {"path": ["/tests/"], "extension": [".png"], "values": [value], "pattern": ["^fake"]},
        "min_keyword_value_length": 8,
    }
    bag = read(tmp_path, "config.json", json.dumps(document), "credsweeper")
    assert bag.exclude == ["/*/**/tests/", "*.png"]
    assert [k.text for k in bag.known] == ["^fake", None]
    assert value not in write.config(bag, baseline=True)
    assert set(whys(bag)) == {"min_keyword_value_length"}
    rules = (
        "- {name: Acme, severity: high, confidence: strong, type: pattern, use_ml: true,\n"
        "   values: ['(?P<value>acme_[a-z]{12})']}\n"
        "- {name: Pass, severity: medium, confidence: moderate, type: keyword, values: [acmepass]}\n"
        "- {name: Pem, type: pem_key, values: [x]}\n- {name: Multi, type: multi, values: [a, b]}\n"
    )
    more = read(tmp_path, "rules.yaml", rules, "credsweeper")
    assert [(r.id, r.severity, r.confidence) for r in more.rules] == [
        ("credsweeper.acme", "high", "high"),
        ("credsweeper.pass", "medium", "medium"),
    ]
    assert set(whys(more)) == {"rule Pem", "rule Multi"}


def test_files_are_found_by_name_and_by_what_calls_them(tmp_path: Path) -> None:
    for name in (
        ".gitleaks.toml",
        ".betterleaks.toml",
        ".secrets.baseline",
        "conf/th.yaml",
        "old.json",
        "skip.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    workflow = tmp_path / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "run: gitleaks git --baseline-path old.json\n"
        "run: trufflehog git file://. --config=conf/th.yaml --exclude-paths skip.txt --config ../../etc/passwd\n"
    )
    found = {(a.tool, a.kind, a.path.relative_to(tmp_path).as_posix()) for a in find(tmp_path)}
    assert found == {
        ("betterleaks", "gitleaks-config", ".betterleaks.toml"),
        ("detect-secrets", "secrets-baseline", ".secrets.baseline"),
        ("gitleaks", "report", "old.json"),
        ("trufflehog", "trufflehog-config", "conf/th.yaml"),
        ("trufflehog", "trufflehog-paths", "skip.txt"),
    }
    assert {a.tool for a in find(tmp_path, "trufflehog")} == {"trufflehog"}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("Makefile", "scan:\n\tgitleaks dir . -c conf/a.toml -b old.json\n", {"conf/a.toml", "old.json"}),
        ("Makefile", "scan:\n\tgitleaks git && eslint --config conf/a.toml\n", set()),
        (".gitlab-ci.yml", "variables:\n  GITLEAKS_CONFIG: conf/a.toml\n", {"conf/a.toml"}),
        (".gitlab-ci.yml", "variables:\n  GITLEAKS_CONFIG_TOML: conf/a.toml\n", set()),
        (
            "package.json",
            '{"scripts": {\n"leaks": "gitleaks git",\n"coverage": "hardhat --config conf/a.toml"\n}}',
            set(),
        ),
        (
            ".pre-commit-config.yaml",
            "- id: gitleaks\n  args:\n  - --config=conf/a.toml\n  - --baseline-path\n  - old.json\n",
            {"conf/a.toml", "old.json"},
        ),
        ("Jenkinsfile", "sh 'detect-secrets-hook --baseline old.json'", {"old.json"}),
    ],
)
def test_an_option_is_that_of_the_command_before_it(
    tmp_path: Path, file: str, text: str, expected: set[str]
) -> None:
    for name in ("conf/a.toml", "old.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / file).write_text(text)
    assert {a.path.relative_to(tmp_path).as_posix() for a in find(tmp_path)} == expected


def test_names_that_are_only_usual_count_for_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "kingfisher.yaml").write_text("filters:\n  exclude: ['**/dist/**']\n")
    (tmp_path / "trufflehog.yaml").write_text("rules:\n- name: x\n")
    assert [a.kind for a in find(tmp_path)] == ["kingfisher-config"]
    (tmp_path / "trufflehog.yaml").write_text("detectors: []\n")
    assert [a.kind for a in find(tmp_path)] == ["kingfisher-config", "trufflehog-config"]


NAMES = [".gitleaks.toml", ".secrets.baseline", ".gitguardian.yaml", ".gitallowed", ".gitleaksignore"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"- 1", b"a: [", b"x = 1", b"\0"]
)
def test_broken_files_are_said_to_be(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    artefact = of_file(tmp_path / name, None)
    assert artefact is not None
    written(tmp_path, gather([artefact], tmp_path, IDS))
