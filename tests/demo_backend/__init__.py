"""The demo business backend, through its HTTP interface and without the product."""
