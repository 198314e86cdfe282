"""TODO pipelines/cli."""
