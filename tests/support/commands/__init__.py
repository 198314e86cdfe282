"""Commands in processes of their own: `pib`, crawls, and what they leave."""
