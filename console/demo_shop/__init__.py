"""A small shop on an origin of its own, which embeds the widget as any shop would: by one script tag."""
