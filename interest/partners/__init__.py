"""Partner search, introductions, joint bids, and what competition law asks."""
