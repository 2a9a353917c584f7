"""Azure Pipelines: https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables"""

from __future__ import annotations

from .build import Build, Environ, given, short


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system. Azure does not say where a branch was before a push."""
    if environ.get("TF_BUILD", "").lower() != "true":
        return None
    reason = environ.get("BUILD_REASON", "")
    ref = environ.get("BUILD_SOURCEBRANCH", "")
    head = given(environ, "BUILD_SOURCEVERSION")
    if reason == "PullRequest":
        number = given(environ, "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID")
        return Build(
            system="azure",
            event="request",
            words=f"pull request {number or '?'}",
            # BUILD_SOURCEVERSION is a merge made for the test.
            head=given(environ, "SYSTEM_PULLREQUEST_SOURCECOMMITID") or head,
            target=short(given(environ, "SYSTEM_PULLREQUEST_TARGETBRANCH")),
        )
    if ref.startswith("refs/tags/"):
        return Build(system="azure", event="tag", words=f"tag {short(ref)}", head=head, tag=short(ref))
    if reason in ("IndividualCI", "BatchedCI"):
        return Build(
            system="azure", event="push", words=f"push to {short(ref)}", head=head, branch=short(ref)
        )
    return Build(system="azure", event="whole", words=reason or "no reason", head=head)
