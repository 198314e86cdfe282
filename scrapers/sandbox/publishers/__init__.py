"""The contracts of publishers, as the local portals implement them."""
