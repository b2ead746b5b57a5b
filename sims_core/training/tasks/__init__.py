"""One task per network: its examples, its losses, its phases."""
