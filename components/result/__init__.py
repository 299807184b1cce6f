"""One comparison on the screen: while it runs, when it stopped, and its result with all the evidence."""
