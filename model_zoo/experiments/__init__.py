"""Jobs that outlive the tab: what they are, where they are remembered, and who runs them."""
