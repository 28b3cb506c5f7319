"""The widget, the hosted chat page and the demo shop, as a customer's browser sees them."""
