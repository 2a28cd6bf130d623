"""The figure: what it looks like without data, its numbers, and its forms, live, static, and as a picture."""
