"""The demo shop without a browser."""
