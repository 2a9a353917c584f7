"""GitLab CI: https://docs.gitlab.com/ci/variables/predefined_variables/"""

from __future__ import annotations

from .build import Build, Environ, given

# What started the pipeline where nobody pushed anything: https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
_UNMOVED = frozenset({"schedule", "web", "api", "trigger", "chat", "webide", "ondemand_dast_scan"})


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system."""
    if environ.get("GITLAB_CI") != "true":
        return None
    source = environ.get("CI_PIPELINE_SOURCE", "")
    head = given(environ, "CI_COMMIT_SHA")
    default = given(environ, "CI_DEFAULT_BRANCH")
    if environ.get("CI_MERGE_REQUEST_IID"):
        return Build(
            system="gitlab",
            event="request",
            words=f"merge request !{environ['CI_MERGE_REQUEST_IID']}",
            # In a pipeline for merged results CI_COMMIT_SHA is a merge made for the test.
            head=given(environ, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or head,
            base=given(environ, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"),
            target=given(environ, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
            default_branch=default,
        )
    tag = given(environ, "CI_COMMIT_TAG")
    if source in _UNMOVED:
        return Build(system="gitlab", event="whole", words=source, head=head, default_branch=default)
    if tag:
        return Build(
            system="gitlab", event="tag", words=f"tag {tag}", head=head, tag=tag, default_branch=default
        )
    branch = given(environ, "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME")
    return Build(
        system="gitlab",
        event="push",
        words=f"push to {branch}",
        head=head,
        before=given(environ, "CI_COMMIT_BEFORE_SHA"),
        branch=branch,
        default_branch=default,
    )
