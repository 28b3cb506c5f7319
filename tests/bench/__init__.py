"""Benchmarks of the running product. They print one JSON object and are no part of the test suite."""
