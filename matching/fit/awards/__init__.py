"""Features of the fit from award histories."""
