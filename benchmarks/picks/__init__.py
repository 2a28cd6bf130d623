"""What picks are worth: models of real kinds, trained at every rate, beside what rules and others choose."""
