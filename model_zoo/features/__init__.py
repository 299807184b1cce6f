"""Networks as feature extractors: embeddings out of any stage, and classical classifiers on top of them."""
