"""WebSocket consumers: they check frames, hand work to actions and the writer, and send what is to be read."""
