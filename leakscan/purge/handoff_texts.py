"""The words of `leakscan purge handoff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.purge.handoff import Host

MESSAGE = """# Please read before you push: the history of {project} has changed

A secret was committed to {project}: {what}. {rotated}
It has been taken out of the whole history: {commits} of {of_commits} commits, {branches} and {tags} have new ids.
Nothing else in the files has changed. Until you have done one of the three things below: **do not push, pull or merge**.
A plain `git pull` brings the old history back.

## The easy way: clone again
1. Save what is yours and not pushed yet: `git format-patch origin/BRANCH..BRANCH -o ~/my-patches` for each branch, and
   `git stash show -p stash@{{N}} > ~/my-stash-N.patch` for each stash.
2. Delete the old clone, with its linked working trees.
3. `git clone {address}`, then `git am ~/my-patches/*.patch`.

## Without cloning again: leakscan
`leakscan purge adopt plan.json` (the file comes with this message; there is no secret in it) makes the same change in your
clone. Your own commits, branches and stashes are carried over, without a rebase. Then: `leakscan purge cleanup plan.json`.

## By hand
    git tag -l | xargs git tag -d
    git fetch origin --prune --tags --force
    git rebase --onto origin/BRANCH OLD BRANCH      # for each branch of yours; OLD is where it left origin/BRANCH
    git stash drop                                  # for each stash; save it as a patch before
    git reflog expire --expire=now --all && git gc --prune=now

Never `git merge` or `git pull` an old branch into a new one. Branches with new ids:
{branch_list}

## Are you done?
`leakscan purge check-clone plan.json` says so. Or by hand, this must FAIL:

    git cat-file -t {first}

Think of every copy: other machines, linked working trees, forks, build servers, deployment hosts, backups of editors.
{signatures} signatures on commits and tags were lost, because what they sign has changed; sign again what needs it.
Repositories that use this one as a submodule name old commits and have to be updated.
If you have opened pull or merge requests from an old branch ({requests} are affected: {request_list}), open them anew.

Plan {plan}
"""

_AFTER = """
## Still to be done by you
- Forks have the old history. Ask their owners to delete them or to run the purge there.
- Build servers: caches, artifacts, logs, working copies. Packages and container images that were built from old commits.
- Release archives, wikis, pages, mirrors, backups, deployment hosts with a `.git` directory.
- Whoever has read the secret still has it: only replacing it helps against that.

Plan {plan}
"""

_GITHUB = """# GitHub: what is left to do for {project}

The branches and tags are pushed. GitHub still shows the old commits to whoever knows their ids: by way of pull
requests, of cached pages and of forks. Only GitHub Support can remove them.

## Before you ask
1. Every branch and tag is pushed, and `leakscan purge push --dry-run` says that nothing is left.
2. Pull requests that contain old commits are closed or merged: {requests} ({request_list}).{unknown}
3. Forks are deleted or purged as well: a commit in any fork can be read through all of them.
4. Delete old caches, artifacts and logs of Actions, releases and packages that contain the secret.
5. Protect your branches again.

## The ticket (https://support.github.com, "Remove data from a repository")
    Repository: {project}
    We removed sensitive data from the history and force-pushed all branches and tags. Please dereference or delete the
    affected pull requests, run a garbage collection and purge cached views.
    {mitigated}
    Number of affected pull requests: {requests}
    Affected pull requests: {request_list}
    First changed commits:
{first_changed}
    Orphaned LFS objects: {lfs}
{lfs_list}

## GitHub Enterprise Server
Your administrator can do it: `ghe-repo {project} -c 'git ref-contains {first}'` lists what still holds it, then
`ghe-repo-gc -v --prune {project}`.
"""

_GITLAB = """# GitLab: what is left to do for {project}

Pushing is not enough: GitLab keeps old commits for merge requests, pipelines and deployments under refs that nobody can
push to, and differences of merge requests in its database.

## What a project owner can do
1. Stop running pipelines. Merge requests with old commits: {requests} ({request_list}).{unknown}
2. Settings > Repository > Repository maintenance > Remove blobs: paste the {blobs} ids from `blob-ids.txt`.
   (By API: the GraphQL mutation `projectBlobsRemove`; `projectTextReplace` redacts a text.)
3. Or upload each `commit-map-….txt` under Settings > Repository > Clean up repository, after the push.
4. Wait at least 30 minutes, then Settings > General > Advanced > Run housekeeping, then Prune unreachable objects.
5. Allow force pushes to protected branches for the push only, and protect them again.
6. Delete job logs, artifacts, caches, packages and releases that contain the secret.
7. LFS objects that contain it: {lfs}. An administrator removes them.
8. On your own server, an administrator can install `pre-receive` with `banned-ids` as a server hook.

This does not work for forks and for public projects that were forked, which share their objects: remove the fork relation,
or ask support.

## The ticket (https://about.gitlab.com/support/; or your administrator)
    Project: {project}
    We removed sensitive data from the history and force-pushed all branches and tags. Please remove the refs that keep old
    commits (keep-around, merge-requests, pipelines, environments), cached diffs, and prune unreachable objects, also in the
    object pool.
    {mitigated}
    Number of affected merge requests: {requests}
    Affected merge requests: {request_list}
    First changed commits:
{first_changed}
"""

_BITBUCKET = """# Bitbucket: what is left to do for {project}

The branches and tags are pushed. Bitbucket keeps the commits of pull requests, merged ones as well.

## Bitbucket Cloud: ticket (https://support.atlassian.com)
    Repository: {project}
    We removed sensitive data from the history and force-pushed all branches and tags. Please remove the refs that keep old
    commits, run a garbage collection and clear cached views. We know that data of old pull requests may be lost.
    {mitigated}
    Number of affected pull requests: {requests}
    Affected pull requests: {request_list}
    First changed commits:
{first_changed}
{unknown}

## Bitbucket Data Center: for your administrator
- A push that has one ref of `refs/pull-requests/` in it is refused as a whole: never `git push --mirror`.
- Forks keep the repository from being pruned (gc.pruneExpire=never): delete or purge the forks first.
- Then repack and prune the repository on disk, with Bitbucket stopped for it.
- `pre-receive` keeps the old history out, as an external pre-receive hook; it needs `banned-ids` beside it.
"""

_GERRIT = """# Gerrit: what is left to do for {project}

Gerrit keeps every patch set of every change under `refs/changes/`, and what its users fetched.

## For your administrator
1. Ban the first changed commits, so that no push that contains them is taken: `sh ban-commits.sh USER@HOST`
{first_changed}
2. Delete or abandon the {requests} affected changes ({request_list}): `refs/changes/` can be deleted by an administrator
   only.{unknown}
3. Reindex the project: `gerrit index changes-in-project {project}`; flush caches: `gerrit flush-caches --all`.
4. `gerrit gc {project}` does not remove unreachable objects: run `git gc --prune=now` in the repository on disk, on every
   replica too.

    {mitigated}
"""

_AZURE = """# Azure DevOps: what is left to do for {project}

The branches and tags are pushed. Azure Repos keeps the commits of pull requests and those that were pushed once, and
offers no way to prune them.

## Either: ask support (https://azure.microsoft.com/support/devops/)
    Repository: {project}
    We removed sensitive data from the history and force-pushed all branches and tags. Please remove unreachable objects and
    the refs of pull requests that hold old commits.
    {mitigated}
    Number of affected pull requests: {requests}
    Affected pull requests: {request_list}
    First changed commits:
{first_changed}
{unknown}

## Or: a new repository
Push the purged history into a new repository, move policies and pipelines over, and delete the old one; then delete it
from the recycle bin by the REST API, which otherwise keeps it for 30 days.
"""

_OTHER = """# What is left to do on the server of {project}

The branches and tags are pushed. Until it is pruned, the server still has the old objects.

## For whoever runs {address}
1. Refs that hold old history and that clients cannot write: {requests} requests ({request_list}).{unknown}
   `git for-each-ref --contains {first}` lists all of them; delete them.
2. `git reflog expire --expire=now --all && git -c gc.cruftPacks=false gc --prune=now`
3. This must fail then: `git cat-file -t {first}`
4. Keep the old history out: put `pre-receive` and `banned-ids` into the repository's `hooks` directory, executable.

First changed commits:
{first_changed}
"""

TICKETS: dict[Host, str] = {
    "github": _GITHUB + _AFTER,
    "gitlab": _GITLAB + _AFTER,
    "bitbucket": _BITBUCKET + _AFTER,
    "gerrit": _GERRIT + _AFTER,
    "azure": _AZURE + _AFTER,
    "other": _OTHER + _AFTER,
}
