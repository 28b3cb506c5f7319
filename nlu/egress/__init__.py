"""The one guard for all requests to addresses that people configure: `fetching.fetch` (decision 0019)."""
