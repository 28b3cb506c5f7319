"""The widget's addresses without a browser."""
