"""The order of things: an order is read and judged, stored and reported. Nothing but these modules knows it."""
