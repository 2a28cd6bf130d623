"""Other engines' rules, exactly as they pick: one file an engine."""
