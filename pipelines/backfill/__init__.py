"""TODO pipelines/backfill."""
