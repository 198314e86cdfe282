"""Which tables, views and data checks belong to the facts, and which to one cluster.

Facts are stored once per installation and shared by its clusters; what concerns members is stored once per cluster. A
file of the facts and one of a cluster hold the tables of their part; a whole file holds those of both. `shape` and
`vector` are in every file: a cluster has the vectors of its members' texts.
"""

from __future__ import annotations

from enum import StrEnum


class StorePart(StrEnum):
    """What a file holds: both parts, the facts, or the data of one cluster."""

    WHOLE = "whole"
    FACTS = "facts"
    CLUSTER = "cluster"


SHARED_TABLES = frozenset({"shape", "vector"})
FACT_TABLES = frozenset(
    {
        "notice", "publication", "lot", "buyer", "award", "tendering_party", "change", "set_aside", "backfill",
        "identity_key", "same_procedure", "merged_procedure", "not_same_procedure", "code", "crawl", "alarm", "volume",
        "night", "current_lot", "current_lot_at",
    }
)  # fmt: skip
CLUSTER_TABLES = frozenset({"member", "wish", "feedback", "matched_lot", "match_result"})
CLUSTER_VIEWS = frozenset({"exported_match", "exported_consortium"})
"""Views that read tables of a cluster. A cluster's file holds those of the facts too: what they read is found by the
search path, in the facts or, for another moment than theirs, in a temporary table."""
CLUSTER_CHECKS = frozenset(
    {
        "a_score_is_the_sum_of_its_reasons", "every_matched_lot_has_one_result",
        "every_role_covers_facets_of_its_lot", "no_member_is_both_matched_and_refused",
        "the_weights_of_a_lot_sum_to_one",
    }
)  # fmt: skip
SHARED_CHECKS = frozenset({"a_vector_is_kept_once", "the_vectors_of_a_model_have_one_length"})


def tables_of(part: StorePart) -> frozenset[str]:
    """The tables of a file that holds `part`."""
    facts = FACT_TABLES if part is not StorePart.CLUSTER else frozenset[str]()
    cluster = CLUSTER_TABLES if part is not StorePart.FACTS else frozenset[str]()
    return SHARED_TABLES | facts | cluster


def has_view(part: StorePart, view: str) -> bool:
    """Whether a file that holds `part` has the view."""
    return part is not StorePart.FACTS or view not in CLUSTER_VIEWS


def has_check(part: StorePart, check: str) -> bool:
    """Whether the data check concerns the tables of `part`."""
    if part is StorePart.WHOLE or check in SHARED_CHECKS:
        return True
    return (check in CLUSTER_CHECKS) is (part is StorePart.CLUSTER)


def part_holding(tables: frozenset[str]) -> StorePart | None:
    """What a file with these tables holds, None for one without any of ours."""
    has_facts, has_cluster = "notice" in tables, "member" in tables
    if has_facts and has_cluster:
        return StorePart.WHOLE
    return StorePart.FACTS if has_facts else StorePart.CLUSTER if has_cluster else None
