"""How each shipped weight was trained, so that anyone can train it again."""
