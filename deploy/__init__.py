"""What an installation is set up with: the reverse proxy's example, and a demo business backend."""
