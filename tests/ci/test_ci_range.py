"""Which commits a build is about, by the environments of every system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import recorded as r
from ci_scene import Scene, build
from gitrepo import GitRepo

from leakscan.ci.build import SYSTEMS
from leakscan.ci.detect import detect
from leakscan.ci.range import Plan, plan
from leakscan.git.repository import Repository
from leakscan.model.errors import Refused, UsageError


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return build(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def full(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A complete clone with the merge that some systems make for a test."""
    clone = scene.clone(tmp_path_factory.mktemp("full") / "clone")
    clone.git("fetch", "-q", "origin", "refs/pull/12/merge")
    return clone


def planned(repo: GitRepo, environ: r.Environ) -> Plan:
    return plan(Repository.open(repo.path), detect(environ))


def commits(repo: GitRepo, found: Plan) -> list[str]:
    return repo.git("rev-list", "--reverse", *found.revs).split()


Make = Callable[[Scene, Path], r.Environ]
TOPIC: list[tuple[str, Make]] = [
    ("github pull_request", lambda s, d: r.github_pull_request(d, s.tip, s.head, s.merge)),
    ("github old base", lambda s, d: r.github_pull_request(d, s.base, s.head, s.merge)),
    ("github pull_request_target", lambda s, d: r.github_pull_request(d, s.tip, s.head, s.tip, "pull_request_target")),
    ("github merge_group", lambda s, d: r.github_merge_group(d, s.tip, s.head)),
    ("github first push", lambda s, d: r.github_push(d, "topic", r.ZEROS, s.head)),
    ("github force push", lambda s, d: r.github_push(d, "topic", s.tip, s.head, forced=True)),
    ("github force push, old gone", lambda s, d: r.github_push(d, "topic", "1" * 40, s.head, forced=True)),
    ("github tag", lambda s, d: r.github(d, "push", "refs/tags/v1", s.head, {"before": r.ZEROS})),
    ("gitlab merge request", lambda s, d: r.gitlab_merge_request(s.head, s.base)),
    ("gitlab first push", lambda s, d: r.gitlab_push("topic", r.ZEROS, s.head)),
    ("gitlab force push", lambda s, d: r.gitlab_push("topic", "1" * 40, s.head)),
    ("gitlab tag", lambda s, d: r.gitlab("push", s.head, CI_COMMIT_TAG="v1", CI_COMMIT_REF_NAME="v1")),
    ("azure pull request", lambda s, d: r.azure_pull_request(s.head, s.merge)),
    ("azure push", lambda s, d: r.azure("IndividualCI", "refs/heads/topic", s.head)),
    ("azure tag", lambda s, d: r.azure("IndividualCI", "refs/tags/v1", s.head)),
    ("bitbucket pull request", lambda s, d: r.bitbucket_pull_request(s.head, s.tip)),
    ("bitbucket push", lambda s, d: r.bitbucket(s.head, BITBUCKET_BRANCH="topic")),
    ("bitbucket tag", lambda s, d: r.bitbucket(s.head, BITBUCKET_TAG="v1")),
    ("jenkins change", lambda s, d: r.jenkins(s.head, CHANGE_ID="12", CHANGE_TARGET="main", BRANCH_NAME="PR-12")),
    ("jenkins branch", lambda s, d: r.jenkins(s.head, BRANCH_NAME="topic", GIT_BRANCH="topic")),
    ("jenkins tag", lambda s, d: r.jenkins(s.head, BRANCH_NAME="v1", TAG_NAME="v1")),
    ("circleci", lambda s, d: r.circleci(s.head, CIRCLE_BRANCH="topic")),
    ("circleci tag", lambda s, d: r.circleci(s.head, CIRCLE_TAG="v1")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make"), TOPIC, ids=[name for name, _ in TOPIC])
def test_what_a_topic_adds(scene: Scene, full: GitRepo, tmp_path: Path, name: str, make: Make) -> None:
    environ = make(scene, tmp_path)
    assert detect(environ).system == name.split()[0]
    assert commits(full, planned(full, environ)) == [scene.bad, scene.head]


PUSHED: list[tuple[str, Make]] = [
    ("github", lambda s, d: r.github_push(d, "topic", s.bad, s.head)),
    ("gitlab", lambda s, d: r.gitlab_push("topic", s.bad, s.head)),
    ("jenkins", lambda s, d: r.jenkins(s.head, BRANCH_NAME="topic", GIT_PREVIOUS_SUCCESSFUL_COMMIT=s.bad)),
]


@pytest.mark.parametrize(("name", "make"), PUSHED, ids=[name for name, _ in PUSHED])
def test_what_a_push_adds(scene: Scene, full: GitRepo, tmp_path: Path, name: str, make: Make) -> None:
    assert commits(full, planned(full, make(scene, tmp_path))) == [scene.head]


WHOLE: list[tuple[str, Make]] = [
    ("github schedule", lambda s, d: r.github(d, "schedule", "refs/heads/main", s.tip, {})),
    ("github workflow_dispatch", lambda s, d: r.github(d, "workflow_dispatch", "refs/heads/main", s.tip, {})),
    ("github first push of all", lambda s, d: r.github_push(d, "main", r.ZEROS, s.tip)),
    ("gitlab schedule", lambda s, d: r.gitlab("schedule", s.tip, CI_COMMIT_BRANCH="main")),
    ("gitlab web", lambda s, d: r.gitlab("web", s.tip, CI_COMMIT_BRANCH="main")),
    ("gitlab first push of all", lambda s, d: r.gitlab_push("main", r.ZEROS, s.tip)),
    ("azure schedule", lambda s, d: r.azure("Schedule", "refs/heads/main", s.tip)),
    ("azure manual", lambda s, d: r.azure("Manual", "refs/heads/topic", s.head)),
    ("azure push to main", lambda s, d: r.azure("BatchedCI", "refs/heads/main", s.tip)),
    ("bitbucket custom", lambda s, d: r.bitbucket(s.tip)),
    ("bitbucket push to main", lambda s, d: r.bitbucket(s.tip, BITBUCKET_BRANCH="main")),
    (
        "jenkins first build of main",
        lambda s, d: r.jenkins(s.tip, BRANCH_NAME="main", BRANCH_IS_PRIMARY="true"),
    ),
    ("circleci main", lambda s, d: r.circleci(s.tip, CIRCLE_BRANCH="main")),
    ("git on main", lambda s, d: {}),
]


@pytest.mark.parametrize(("name", "make"), WHOLE, ids=[name for name, _ in WHOLE])
def test_where_nobody_says_what_is_new_all_is_looked_at(
    scene: Scene, full: GitRepo, tmp_path: Path, name: str, make: Make
) -> None:
    environ = make(scene, tmp_path)
    assert detect(environ).system == name.split()[0]
    assert planned(full, environ).history


def test_plain_git_takes_what_the_default_branch_has_not(scene: Scene, full: GitRepo, tmp_path: Path) -> None:
    clone = GitRepo.clone(scene.server, tmp_path / "clone")
    clone.git("checkout", "-q", scene.head)
    assert commits(clone, planned(clone, {"CI": "true"})) == [scene.bad, scene.head]


def test_without_a_default_branch_all_up_to_the_head_counts(scene: Scene, tmp_path: Path) -> None:
    """GitLab's clones hold the one branch; its pipelines of a new branch say no commit before."""
    clone = scene.clone(tmp_path / "clone", "--single-branch", "--branch", "topic")
    found = planned(clone, r.gitlab_push("topic", r.ZEROS, scene.head))
    assert commits(clone, found)[-2:] == [scene.bad, scene.head]
    assert len(commits(clone, found)) == 4
    assert "git fetch origin main" in found.words


def test_a_deleted_branch_is_nothing(full: GitRepo, tmp_path: Path) -> None:
    found = planned(full, r.github_push(tmp_path, "topic", "1" * 40, r.ZEROS, deleted=True))
    assert not found.revs
    assert not found.history


SHALLOW: list[tuple[str, Make, str]] = [
    ("github", lambda s, d: r.github_pull_request(d, s.tip, s.head, s.merge), "fetch-depth: 0"),
    ("github", lambda s, d: r.github_push(d, "topic", s.base, s.head), "fetch-depth: 0"),
    ("github", lambda s, d: r.github(d, "schedule", "refs/heads/main", s.tip, {}), "fetch-depth: 0"),
    ("gitlab", lambda s, d: r.gitlab_merge_request(s.head, s.base), "GIT_DEPTH: 0"),
    ("gitlab", lambda s, d: r.gitlab_push("topic", r.ZEROS, s.head), "GIT_DEPTH: 0"),
    ("azure", lambda s, d: r.azure_pull_request(s.head, s.merge), "fetchDepth: 0"),
    ("bitbucket", lambda s, d: r.bitbucket_pull_request(s.head, s.tip), "depth: full"),
    ("jenkins", lambda s, d: r.jenkins(s.head, CHANGE_ID="1", CHANGE_TARGET="main"), "shallow clone"),
    ("circleci", lambda s, d: r.circleci(s.head, CIRCLE_BRANCH="topic"), "method: full"),
    ("git", lambda s, d: {}, "git fetch --unshallow"),
]


@pytest.mark.parametrize(("name", "make", "advice"), SHALLOW)
def test_a_shallow_clone_is_told_what_to_fetch(
    scene: Scene, tmp_path: Path, name: str, make: Make, advice: str
) -> None:
    clone = scene.clone(tmp_path / "clone", "--depth", "1", "--branch", "topic")
    with pytest.raises(Refused, match="shallow") as caught:
        planned(clone, make(scene, tmp_path))
    assert advice in str(caught.value)


def test_a_shallow_clone_that_holds_the_range_will_do(scene: Scene, tmp_path: Path) -> None:
    clone = scene.clone(tmp_path / "clone", "--depth", "3", "--no-single-branch")
    assert Repository.open(clone.path).is_shallow
    found = planned(clone, r.github_push(tmp_path, "topic", scene.base, scene.head))
    assert commits(clone, found) == [scene.bad, scene.head]


def test_a_target_that_was_not_fetched_is_named(scene: Scene, tmp_path: Path) -> None:
    clone = scene.clone(tmp_path / "clone", "--single-branch", "--branch", "topic")
    with pytest.raises(Refused, match="git fetch origin main:refs/remotes/origin/main"):
        planned(clone, r.azure_pull_request(scene.head, scene.head))


def test_an_event_file_that_is_none_is_an_error(full: GitRepo, tmp_path: Path) -> None:
    environ = r.github_push(tmp_path, "topic", r.ZEROS, "1" * 40)
    for content in ("{", "[]", "\xff"):
        (tmp_path / "event.json").write_text(content, encoding="latin-1")
        with pytest.raises(UsageError, match="GITHUB_EVENT_PATH"):
            detect(environ)


@pytest.mark.parametrize("system", [s for s in SYSTEMS if s != "git"])
def test_a_system_that_is_asked_for_must_be_there(system: str) -> None:
    with pytest.raises(UsageError, match=system):
        detect({}, system)  # type: ignore[arg-type]
