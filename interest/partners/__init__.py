"""Partner search, introductions, joint bids, and competition law."""
