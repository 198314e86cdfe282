"""What notices do to the lots of a call, and the states that follow."""
