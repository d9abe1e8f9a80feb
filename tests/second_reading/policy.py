"""The policy values that the rules read, with the specification's defaults."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class DailySearch:
    """How the force's own daily search is run."""

    run_time: str = "06:00"
    keyed_on: str = "closed"
    window_hours: int = 24


@dataclass(frozen=True)
class Policy:
    """The policy values that the rules read, with the specification's defaults."""

    domestic_abuse_codes: tuple[str, ...] = ("QL23",)
    domestic_abuse_types: tuple[str, ...] = ("DOMESTIC",)
    blank_domestic_abuse: str = "unknown"
    search_code: str = "QL23"
    referral_due_hours: int = 24
    closure_window_hours: int = 24
    flag_due_days: int = 1
    previous_plan_years: int | None = None
    referable_concerns: tuple[str, ...] = ("neglect", "physical", "sexual", "emotional", "exploitation")
    daily_search: DailySearch = field(default_factory=DailySearch)
    school_age_from: int = 4
    school_age_to: int = 17
