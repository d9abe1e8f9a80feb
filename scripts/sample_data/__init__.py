"""The invented extracts: scenarios that plant records together with the verdicts that these must come to.

No verdict here is worked out from rows. Each scenario begins with an incident that is handled well, spoils one
thing, and states what the rules (REF001, CLO001, CLO002, FLG001, FLG002, FLG003, default policy) must then say.
"""
