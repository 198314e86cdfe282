"""Which few members cover together what a lot asks: the exact search, what is proposed of it, and why."""
