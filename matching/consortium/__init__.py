"""Which few members cover a lot together: the exact search, what is proposed of it, and why."""
