"""Whose comments in a file can allow a secret."""

from __future__ import annotations

MARKERS = ("leakscan", "gitleaks", "betterleaks", "trufflehog", "kingfisher", "ggshield", "detect-secrets")
"""Scanners by name. ripsecrets has the comments of detect-secrets."""
