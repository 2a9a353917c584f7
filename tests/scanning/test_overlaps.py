"""Overlapping matches, told apart as the plain comparison of each with each does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leakscan.model.match import Match
from leakscan.scanning.overlaps import Cluster, clusters, first_of_overlapping, overlap


@st.composite
def matches(draw) -> Match:  # type: ignore[no-untyped-def]
    start = draw(st.integers(0, 40))
    low = start + draw(st.integers(0, 4))
    high = low + draw(st.integers(1, 12))
    return Match(draw(st.integers(0, 2)), start, high + draw(st.integers(0, 4)), low, high)


@given(st.sets(matches(), max_size=30))
def test_the_first_of_overlapping_ones_stand(some: set[Match]) -> None:
    plain = {
        m
        for m in some
        if not any(o.rule == m.rule and (o.start, o.end) < (m.start, m.end) and overlap(o, m) for o in some)
    }
    found = first_of_overlapping(clusters(some))
    assert set(found) == plain
    assert found == sorted(found, key=lambda m: (m.secret_start, m))


@given(st.sets(matches(), min_size=1, max_size=30))
def test_around_a_match_are_those_that_overlap_it(some: set[Match]) -> None:
    for cluster in clusters(some):
        near = Cluster(cluster)
        for match in some:
            assert near.around(match) == [m for m in cluster if overlap(m, match)]
