"""The invented extracts: scenarios that plant records together with the verdicts that these must come to.

No verdict here is worked out from rows. Each scenario begins with an incident that is handled well, spoils one
thing, and states what every rule of the specification (default policy) must then say.
"""
