"""What award histories say about the fit."""
