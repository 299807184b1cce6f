"""Pieces of the captions page: the picture, what is said of it word by word, and what was weighed."""
