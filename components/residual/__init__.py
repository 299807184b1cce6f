"""The page of deep residual learning: towers, training them, looking inside, cutting blocks."""
