"""What users of secret scanners keep asking for, where no other test says so: see docs/asks.md."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import uuid
from pathlib import Path

import pytest
from gitrepo import GitRepo
from runner import found, leakscan

from leakscan.rulepack.template import fill

PROJECT = Path(__file__).parents[1]
KEY = fill("{github-token:ghp_}", "asks")
LINE = f"token = '{KEY}'\n"


def noise(count: int, seed: int = 7) -> str:
    return base64.b64encode(random.Random(seed).randbytes(count)).decode()


def uid(seed: int) -> str:
    return str(uuid.UUID(int=random.Random(seed).getrandbits(128)))


QUIET = {
    "public keys": (
        "keys.py",
        f'public_key = "{noise(48)}"\nPUBLIC_KEY="{noise(32)}"\nssh_public_key = "ssh-ed25519 AAAA{noise(32)}"\n',
    ),
    "names of algorithms": (
        "algorithms.py",
        'key_algorithm = "RSASSA_PKCS1_V1_5_SHA_256"\nsecretAlgorithm="PBKDF2WithHmacSHA256"\n',
    ),
    "names of classes": (
        "Keys.java",
        (
            "private final SecretManagerServiceClientFactory secretManagerServiceClientFactory;\n"
            "class ApiKeyAuthenticationFilterConfigurer extends AbstractApiKeyAuthConfigurer {}\n"
            'tokenService = "AbstractTokenAuthenticationServiceImpl"\n'
        ),
    ),
    "camelCase": (
        "camel.ts",
        (
            "const getUserAuthenticationTokenFromRequestHeaders = createSelectorWithMemoization\n"
            "export const useAuthenticatedUserPasswordResetMutation = gql\n"
        ),
    ),
    "ids that are no secrets": (
        "ids.yaml",
        f'api_key_id: {uid(1)}\nclient_id: {uid(2)}\nsecret_id: "{uid(3)}"\n',
    ),
    "sealed secrets": (
        "sealed.yaml",
        (
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n"
            f"    password: AgB{noise(300)}\n    api_key: AgA{noise(300, 8)}\n"
        ),
    ),
    "integrity hashes of npm": (
        "package-lock.json",
        f'{{"packages": {{"a": {{"integrity": "sha512-{noise(64)}"}}}}}}\n',
    ),
    "integrity hashes of yarn": (
        "yarn.lock",
        f'a@^1:\n  resolved "https://r.example/a.tgz#{hashlib.sha1(b"a").hexdigest()}"\n  integrity sha512-{noise(64)}\n',
    ),
    "integrity attributes": (
        "page.html",
        f'<script src="https://cdn.example/x.js" integrity="sha384-{noise(48)}"></script>\n',
    ),
    "names of tests": (
        "test_lob.py",
        (
            '# Lob\nlob = "test_retry_returns_last_error_after_5_tr"\n'
            "def test_create_address_with_api_key_rejects(): ...\n"
        ),
    ),
}


@pytest.mark.parametrize("what", QUIET)
def test_what_only_looks_like_a_secret_is_quiet(tmp_path: Path, what: str) -> None:
    name, text = QUIET[what]
    (tmp_path / name).write_text(text)
    assert found(leakscan("scan", tmp_path, "--format", "json")) == []


def test_a_decision_survives_squash_rebase_and_a_move(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("a.py", "a = 1\n")
    first = repo.commit("first")
    repo.write("b.py", LINE)
    repo.commit("leak")
    assert leakscan("ignore", "add", "b.py:1", "--reason", "made up", cwd=repo.path).code == 0
    repo.git("mv", "b.py", "moved.py")
    repo.write("moved.py", f"zero = 0\n\n{LINE}")
    repo.commit("move")
    assert leakscan("scan", "--history", cwd=repo.path).code == 0
    repo.git("reset", "-q", "--soft", first)
    repo.tick()
    repo.commit("squashed")
    assert leakscan("scan", "--history", cwd=repo.path).code == 0
    repo.write("moved.py", f"token = '{fill('{github-token:ghp_}', 'another')}'\n")
    assert leakscan("scan", "--history", cwd=repo.path).code == 1


@pytest.mark.parametrize("where", ["before", "first", "last", "around"])
def test_a_secret_of_several_lines_can_be_allowed_in_its_place(tmp_path: Path, where: str) -> None:
    lines = fill("{pem:RSA}", "asks").splitlines()
    plain = tmp_path / "plain.txt"
    plain.write_text("\n".join(lines) + "\n")
    assert leakscan("scan", plain).code == 1
    if where == "before":
        lines.insert(0, "# leakscan:allow-next-line for tests")
    elif where == "around":
        lines = ["# leakscan:allow-begin for tests", *lines, "# leakscan:allow-end"]
    else:
        at = {"first": 0, "last": -1}[where]
        lines[at] += "  # leakscan:allow for tests"
    file = tmp_path / "key.txt"
    file.write_text("\n".join(lines) + "\n")
    assert leakscan("scan", file).code == 0


def test_a_work_tree_with_settings_of_its_own(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("old.py", LINE)
    repo.commit("leak")
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = GitRepo(tmp_path / "linked")
    linked.git("config", "--worktree", "core.hooksPath", "its-own-hooks")
    assert leakscan("scan", "--history", cwd=linked.path).code == 1
    assert leakscan("hook", "install", "pre-commit", cwd=linked.path).code == 0
    assert (linked.path / "its-own-hooks/pre-commit").exists()
    assert "no hook" in leakscan("hook", "status", "pre-commit", cwd=repo.path).out


@pytest.mark.slow
def test_more_staged_names_than_a_command_line_holds(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    clean, leak = repo.blob("one = 1\n"), repo.blob(LINE)
    names = [f"{n:05}-{'x' * 240}.py" for n in range(9000)]
    assert sum(map(len, names)) > 2**21  # what Linux takes, names and all
    rows = [f"100644 {clean}\t{name}\n" for name in names] + [f"100644 {leak}\tz.py\n"]
    repo.git("update-index", "--index-info", input="".join(rows).encode())
    ran = leakscan("scan", "--staged", "--format", "json", cwd=repo.path)
    assert found(ran) == ["github.pat-classic z.py:1:10"]


def test_a_push_of_many_commits_is_scanned_to_its_first(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    stream = []
    for n in range(120):
        content = LINE if n == 0 else f"n = {n}\n"
        stream.append(
            f"commit refs/heads/main\ncommitter C <c@example.com> {1704067200 + n} +0000\ndata 1\nm\n"
            f"M 644 inline a.py\ndata {len(content)}\n{content}\n"
        )
    repo.git("fast-import", "--quiet", input="".join(stream).encode())
    pushed = f"refs/heads/main {repo.head()} refs/heads/main {'0' * 40}\n".encode()
    ran = leakscan("hook", "run", "pre-push", "--", "origin", "nowhere", cwd=repo.path, stdin=pushed)
    assert ran.code == 1
    assert "a.py:1:10" in ran.err


def test_every_test_that_the_page_names_is_there() -> None:
    page = (PROJECT / "docs/asks.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 25
    for file, test in named:
        text = (PROJECT / file).read_text()
        assert not test or f"def {test}(" in text, f"{file}::{test}"
    for case in re.findall(r"`(fixtures/cases/[\w-]+\.txt)`", page):
        assert (PROJECT / case).exists()
