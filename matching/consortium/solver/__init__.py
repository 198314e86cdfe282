"""The exact search for the best coalitions: arrays, bounds, branching."""
