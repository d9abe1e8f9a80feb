"""Referral-compliance checker: which children did the force's records miss?"""

__version__ = "0.1.0"
