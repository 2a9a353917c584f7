"""Environments and event files as the systems' documentation describes them, with the commits of a test filled in.

Each is what a job sees, less what leakscan does not look at (a runner sets a hundred variables more).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ZEROS = "0" * 40
Environ = dict[str, str]


def github(directory: Path, name: str, ref: str, sha: str, event: Mapping[str, Any]) -> Environ:
    """GitHub Actions; the event file lies in `directory`."""
    path = directory / "event.json"
    path.write_text(json.dumps({"repository": {"full_name": "acme/shop", "default_branch": "main"}, **event}))
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REF": ref,
        "GITHUB_SHA": sha,
        "GITHUB_STEP_SUMMARY": str(directory / "summary.md"),
        "GITHUB_OUTPUT": str(directory / "output.txt"),
    }


def github_push(directory: Path, branch: str, before: str, after: str, **more: Any) -> Environ:
    event = {
        "ref": f"refs/heads/{branch}", "before": before, "after": after, "created": before == ZEROS,
        "deleted": False, "forced": False, **more,
    }  # fmt: skip
    return github(directory, "push", f"refs/heads/{branch}", after, event)


def github_pull_request(
    directory: Path, base: str, head: str, merge: str, name: str = "pull_request"
) -> Environ:
    event = {
        "action": "synchronize",
        "number": 12,
        "pull_request": {"head": {"ref": "topic", "sha": head}, "base": {"ref": "main", "sha": base}},
    }
    environ = github(directory, name, "refs/pull/12/merge", merge, event)
    return environ | {"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "topic"}


def github_merge_group(directory: Path, base: str, head: str) -> Environ:
    event = {
        "action": "checks_requested",
        "merge_group": {"head_sha": head, "base_ref": "refs/heads/main", "base_sha": base},
    }
    return github(directory, "merge_group", "refs/heads/gh-readonly-queue/main/pr-12", head, event)


def gitlab(source: str, sha: str, before: str = ZEROS, **more: str) -> Environ:
    return {
        "CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": sha,
        "CI_COMMIT_BEFORE_SHA": before, "CI_DEFAULT_BRANCH": "main", **more,
    }  # fmt: skip


def gitlab_push(branch: str, before: str, sha: str) -> Environ:
    return gitlab("push", sha, before, CI_COMMIT_BRANCH=branch, CI_COMMIT_REF_NAME=branch)


def gitlab_merge_request(sha: str, base: str) -> Environ:
    return gitlab(
        "merge_request_event",
        sha,
        CI_MERGE_REQUEST_IID="7",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        CI_MERGE_REQUEST_TARGET_BRANCH_SHA="",
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA="",
        CI_COMMIT_REF_NAME="topic",
    )


def azure(reason: str, ref: str, sha: str, **more: str) -> Environ:
    return {
        "TF_BUILD": "True", "BUILD_REASON": reason, "BUILD_SOURCEBRANCH": ref, "BUILD_SOURCEVERSION": sha, **more
    }  # fmt: skip


def azure_pull_request(head: str, merge: str) -> Environ:
    return azure(
        "PullRequest",
        "refs/pull/12/merge",
        merge,
        SYSTEM_PULLREQUEST_PULLREQUESTID="12",
        SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main",
        SYSTEM_PULLREQUEST_SOURCEBRANCH="refs/heads/topic",
        SYSTEM_PULLREQUEST_SOURCECOMMITID=head,
    )


def bitbucket(sha: str, **more: str) -> Environ:
    return {"CI": "true", "BITBUCKET_BUILD_NUMBER": "41", "BITBUCKET_COMMIT": sha, **more}


def bitbucket_pull_request(head: str, base: str) -> Environ:
    return bitbucket(
        head[:12],
        BITBUCKET_BRANCH="topic",
        BITBUCKET_PR_ID="12",
        BITBUCKET_PR_DESTINATION_BRANCH="main",
        BITBUCKET_PR_DESTINATION_COMMIT=base[:12],
    )


def jenkins(sha: str, **more: str) -> Environ:
    return {"JENKINS_URL": "https://ci.acme.example/", "BUILD_NUMBER": "8", "GIT_COMMIT": sha, **more}


def circleci(sha: str, **more: str) -> Environ:
    return {"CI": "true", "CIRCLECI": "true", "CIRCLE_BUILD_NUM": "5", "CIRCLE_SHA1": sha, **more}
