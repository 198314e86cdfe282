"""The outbox, transports, bounces and the archive of sent letters."""
