"""Pieces of the pages where a recurrent network reads a text."""
