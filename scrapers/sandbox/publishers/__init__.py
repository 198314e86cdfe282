"""The contracts of publishers, as the local portals speak them."""
