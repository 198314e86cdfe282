"""Commands of anonymous interest: the operator, a member's client, a group."""
