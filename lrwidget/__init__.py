"""lrwidget: the learning-rate range test, live in a notebook."""
