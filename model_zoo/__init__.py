"""Everything in Thaw that learns, computes or remembers. Nothing here knows a web page."""
