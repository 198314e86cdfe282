"""How relevant a lot is to a member's own statements: comparisons, their background, and how it is learned."""
