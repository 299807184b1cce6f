"""Materials that are drawn, not photographed: noise fields, surfaces made of them, and a camera that takes them."""
