"""`leakscan ci` from end to end: what it scans, prints, writes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import recorded as r
from ci_scene import NEW, OLD, Scene, build
from gitrepo import GitRepo
from runner import Ran, leakscan

PREFIXES = (
    "GITHUB_",
    "GITLAB_",
    "CI",
    "TF_",
    "BUILD_",
    "SYSTEM_",
    "BITBUCKET_",
    "JENKINS_",
    "CIRCLE",
    "GIT_PREV",
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return build(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def clone(scene: Scene, tmp_path: Path) -> GitRepo:
    clone = scene.clone(tmp_path / "clone")
    clone.git("checkout", "-q", scene.head)
    return clone


Run = Callable[..., Ran]


@pytest.fixture
def run(clone: GitRepo, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `leakscan ci` in the clone, with the environment given and nothing of the machine's own system."""
    import os

    def run(environ: r.Environ, *words: str, cwd: Path | None = None) -> Ran:
        for name in list(os.environ):
            if name.startswith(PREFIXES):
                monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        ran = leakscan("ci", *words, cwd=cwd or clone.path)
        for line in (OLD, NEW):
            assert line.split("'")[1] not in ran.out + ran.err
        return ran

    return run


def test_github_annotates_the_line_and_writes_summary_and_outputs(
    scene: Scene, run: Run, tmp_path: Path
) -> None:
    ran = run(r.github_pull_request(tmp_path, scene.tip, scene.head, scene.merge))
    assert ran.code == 1
    assert f"github: pull request #12: {scene.tip[:12]}..{scene.head[:12]}" in ran.out
    (annotation,) = [line for line in ran.out.splitlines() if line.startswith("::error ")]
    assert "file=sub/new.py,line=2,endLine=2,col=10" in annotation
    assert "old.py" not in ran.out
    summary = (tmp_path / "summary.md").read_text()
    assert "sub/new.py" in summary
    assert "pull request" in summary
    assert (tmp_path / "output.txt").read_text() == "findings=1\nincomplete=false\n"


def test_a_clean_push_is_green(scene: Scene, run: Run, tmp_path: Path) -> None:
    ran = run(r.github_push(tmp_path, "topic", scene.bad, scene.head))
    assert ran.code == 0, ran.out
    assert "::error" not in ran.out
    assert (tmp_path / "output.txt").read_text().startswith("findings=0\n")


def test_a_line_that_moved_later_is_annotated_where_it_is(
    scene: Scene, run: Run, clone: GitRepo, tmp_path: Path
) -> None:
    clone.write("sub/new.py", f"first = 1\nsecond = 2\nthird = 3\n{NEW}")
    clone.git("commit", "-qam", "move")
    ran = run(r.github_push(tmp_path, "topic", scene.base, clone.head()))
    assert "file=sub/new.py,line=4,endLine=4,col=10" in ran.out


def test_what_is_gone_again_is_no_annotation_on_a_file(
    scene: Scene, run: Run, clone: GitRepo, tmp_path: Path
) -> None:
    clone.git("rm", "-q", "sub/new.py")
    clone.git("commit", "-qm", "remove")
    ran = run(r.github_push(tmp_path, "topic", scene.base, clone.head()))
    assert ran.code == 1
    (annotation,) = [line for line in ran.out.splitlines() if line.startswith("::error ")]
    assert "file=" not in annotation
    assert scene.bad[:12] in ran.out


def test_a_repository_cannot_speak_to_the_runner(
    scene: Scene, run: Run, clone: GitRepo, tmp_path: Path
) -> None:
    clone.write("::error file=x::y", NEW)
    clone.write("##[error]x", NEW)
    clone.write("##vso[task.setvariable]x", NEW)
    head = clone.commit("hostile")
    out = run(r.github_push(tmp_path, "topic", scene.head, head)).out.splitlines()
    start = next(i for i, line in enumerate(out) if line.startswith("::stop-commands::"))
    end = out.index(f"::{out[start].removeprefix('::stop-commands::')}::")
    assert any("error file=x" in line for line in out[start:end])
    assert not any("##[" in line for line in out[start:end])
    assert [line.split(" ")[0] for line in out[end + 1 :]] == ["::error"]
    assert not any(line.lstrip().startswith("::") for line in out[:start])
    out = run(r.azure("IndividualCI", "refs/heads/topic", head)).out.splitlines()
    assert all(line.startswith("##vso[task.logissue ") for line in out if "##" in line)
    assert not any("##vso" in line[1:] for line in out)


def test_gitlab_writes_a_code_quality_report(scene: Scene, run: Run, clone: GitRepo) -> None:
    ran = run(r.gitlab_merge_request(scene.head, scene.base), "--report", "gitlab:secret.json")
    assert ran.code == 1
    (issue,) = json.loads((clone.path / "gl-code-quality-report.json").read_text())
    assert issue["location"] == {"path": "sub/new.py", "lines": {"begin": 2, "end": 2}}
    assert issue["severity"] == "blocker"
    assert issue["check_name"] == "github.pat-classic"
    assert len(issue["fingerprint"]) == 64
    assert json.loads((clone.path / "secret.json").read_text())["scan"]["type"] == "secret_detection"


def test_a_code_quality_issue_stays_the_same_when_its_line_moves(
    scene: Scene, run: Run, clone: GitRepo
) -> None:
    first = run(
        r.gitlab_merge_request(scene.head, scene.base), "--no-annotate", "--report", "code-quality:one.json"
    )
    assert first.code == 1
    assert not (clone.path / "gl-code-quality-report.json").exists()
    clone.write("sub/new.py", f"zeroth = 0\nfirst = 1\n{NEW}")
    clone.git("commit", "-qam", "move")
    run(r.gitlab_merge_request(clone.head(), scene.base), "--report", "code-quality:two.json")
    one, two = (json.loads((clone.path / name).read_text()) for name in ("one.json", "two.json"))
    assert [i["fingerprint"] for i in one] == [i["fingerprint"] for i in two]
    assert one != two


def test_azure_gets_issues(scene: Scene, run: Run) -> None:
    ran = run(r.azure_pull_request(scene.head, scene.merge))
    assert ran.code == 1
    (line,) = [line for line in ran.out.splitlines() if line.startswith("##vso")]
    assert line.startswith(
        "##vso[task.logissue type=error;sourcepath=sub/new.py;linenumber=2;columnnumber=10;"
    )


@pytest.mark.parametrize(
    ("make", "file"),
    [
        (lambda s: r.bitbucket_pull_request(s.head, s.tip), "test-results/leakscan.xml"),
        (lambda s: r.jenkins(s.head, CHANGE_ID="1", CHANGE_TARGET="main"), "leakscan-junit.xml"),
        (lambda s: r.circleci(s.head, CIRCLE_BRANCH="topic"), "test-results/leakscan/results.xml"),
    ],
    ids=["bitbucket", "jenkins", "circleci"],
)
def test_the_others_get_test_results(
    scene: Scene, run: Run, clone: GitRepo, make: Callable[[Scene], r.Environ], file: str
) -> None:
    assert run(make(scene)).code == 1
    suite = ElementTree.parse(clone.path / file).getroot()
    assert [case.get("file") for case in suite.iter("testcase")] == ["sub/new.py"]


def test_a_shallow_clone_ends_with_3(scene: Scene, run: Run, tmp_path: Path) -> None:
    shallow = scene.clone(tmp_path / "shallow", "--depth", "1")
    ran = run(r.gitlab("schedule", scene.tip), cwd=shallow.path)
    assert ran.code == 3
    assert "GIT_DEPTH: 0" in ran.err


def test_a_scheduled_run_sees_the_whole_history(scene: Scene, run: Run, tmp_path: Path) -> None:
    ran = run(r.github(tmp_path, "schedule", "refs/heads/main", scene.tip, {}))
    assert ran.code == 1
    assert "old.py" in ran.out
    assert "sub/new.py" in ran.out


def test_the_range_can_be_given(scene: Scene, run: Run) -> None:
    for words, expected in (
        (("--base", "main", "--head", scene.head), 1),
        (("--base", scene.bad, "--head", scene.head), 0),
        (("--base", scene.bad, "--head", scene.head, "--show-range"), 0),
        (("--whole",), 1),
        (("--base", "nowhere"), 3),
        (("--base", "main", "--whole"), 2),
    ):
        assert run({}, *words).code == expected, words
    assert run(r.circleci(scene.head, CIRCLE_BRANCH="topic"), "--base", r.ZEROS, "--show-range").code == 0


def test_inline_comments_can_be_refused(scene: Scene, run: Run, clone: GitRepo) -> None:
    clone.write("c.py", NEW.replace("\n", "  # leakscan:allow it is nothing\n"))
    head = clone.commit("allowed")
    environ = r.circleci(head, CIRCLE_BRANCH="topic")
    assert run(environ, "--base", scene.head).code == 0
    assert run(environ, "--base", scene.head, "--no-inline-allow").code == 1
    for setting, code in (("inline_allow: false", 1), ("inline_reason: true", 0)):
        (clone.path / ".leakscan.yml").write_text(f"{setting}\n")
        assert run(environ, "--base", scene.head).code == code
    clone.write("c.py", NEW.replace("\n", "  # leakscan:allow\n"))
    clone.git("commit", "-q", "-m", "no reason", "c.py")
    assert run(r.circleci(clone.head(), CIRCLE_BRANCH="topic"), "--base", scene.head).code == 1


def test_a_baseline_counts(scene: Scene, run: Run, clone: GitRepo, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    assert leakscan("baseline", "create", "--history", "--baseline", known, cwd=clone.path).code == 0
    ran = run(r.azure_pull_request(scene.head, scene.merge), "--baseline", str(known))
    assert ran.code == 0, ran.out


def test_a_tags_message_is_scanned(run: Run, clone: GitRepo) -> None:
    clone.git("tag", "-a", "v1", "-m", NEW, "origin/main")
    ran = run(r.circleci(clone.git("rev-parse", "origin/main"), CIRCLE_TAG="v1"))
    assert ran.code == 1
    assert "github.pat-classic" in ran.out
