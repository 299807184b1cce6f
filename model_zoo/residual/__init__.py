"""Why residual connections let networks go deep: towers of every depth, plain and residual, trained and looked into."""
