"""How similar a lot and a member's statements are, on fixed scales."""
