"""One measure per module: pictures, features or label maps to numbers."""
