"""What Dagster is given: the assets of the facts and of each cluster, and the job of a night."""
