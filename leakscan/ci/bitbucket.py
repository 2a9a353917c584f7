"""Bitbucket Pipelines: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/"""

from __future__ import annotations

from .build import Build, Environ, given


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system. Bitbucket does not say where a branch was before a push."""
    if not environ.get("BITBUCKET_BUILD_NUMBER"):
        return None
    head = given(environ, "BITBUCKET_COMMIT")
    if environ.get("BITBUCKET_PR_ID"):
        return Build(
            system="bitbucket",
            event="request",
            words=f"pull request #{environ['BITBUCKET_PR_ID']}",
            # The checkout is a merge made for the test; BITBUCKET_COMMIT is the source branch's own.
            head=head,
            base=given(environ, "BITBUCKET_PR_DESTINATION_COMMIT"),
            target=given(environ, "BITBUCKET_PR_DESTINATION_BRANCH"),
        )
    tag, branch = given(environ, "BITBUCKET_TAG"), given(environ, "BITBUCKET_BRANCH")
    if tag:
        return Build(system="bitbucket", event="tag", words=f"tag {tag}", head=head, tag=tag)
    if branch:
        return Build(system="bitbucket", event="push", words=f"push to {branch}", head=head, branch=branch)
    return Build(system="bitbucket", event="whole", words="custom pipeline", head=head)
