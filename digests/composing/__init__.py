"""What a member should see for one period."""
