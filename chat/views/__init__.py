"""Pages and files that customers' browsers fetch."""
