"""Tables, their dictionary, and OCDS release packages."""
