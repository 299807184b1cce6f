"""What a network looks at, what its first layer sees, and how far training has moved it."""
