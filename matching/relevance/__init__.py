"""How relevant a lot is to what a member writes of itself: comparisons, their background, and how it is learned."""
