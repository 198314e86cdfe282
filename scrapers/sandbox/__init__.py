"""Local portals that implement the publishers' contracts on loopback, for demonstrations, training and load tests."""
