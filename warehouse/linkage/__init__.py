"""One purchase published several times becomes one procedure: blocking, comparison, clustering."""
