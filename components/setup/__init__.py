"""The steps from a question to a start: data, backbone, strategies, budget. What is chosen stands in the address."""
