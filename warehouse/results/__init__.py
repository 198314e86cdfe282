"""Match results: saved once for as long as their inputs hold, and archived by month."""
