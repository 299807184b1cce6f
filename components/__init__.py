"""Pieces that pages share: colours, pictures of strategies, forms, charts, live run cards, own widgets."""
