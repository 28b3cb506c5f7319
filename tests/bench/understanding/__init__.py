"""`make bench`: the public part of the figures that understanding is judged by, into `docs/benchmarks.md`."""
