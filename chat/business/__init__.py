"""Business actions: what a flow may ask of a company's own systems, and how it is asked (docs/flows.md)."""
