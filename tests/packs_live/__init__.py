"""Recorded conversations had again with a whole installation: `serve`, real sockets, its own demo backend."""
