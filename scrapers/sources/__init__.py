"""One file per publisher: its docstring, its `SOURCE`, its feed."""
