"""What a sweep in a thread of its own needs: the caller's state, signals, a guard, and a control."""
