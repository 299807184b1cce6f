"""Picture sets: bundled, uploaded, downloaded; and what is done to pictures before a network sees them."""
