"""Features: classical classifiers on a network's embeddings; their setup, and what came of it."""
