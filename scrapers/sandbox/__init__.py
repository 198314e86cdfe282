"""Local portals that speak the publishers' contracts over loopback, for demonstrations, training and load tests."""
