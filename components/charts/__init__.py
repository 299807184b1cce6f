"""Charts of a comparison: pure functions that make a Chart, and `show`, which draws one and offers its data."""
