"""The nightly service: what lies in the inbox is run by itself, once each, and nothing is forgotten."""
