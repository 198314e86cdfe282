"""TODO matching/members_file."""
