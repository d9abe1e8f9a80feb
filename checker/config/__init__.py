"""The configuration: what `checker.toml` states, with the `CHECKER_*` variables on top."""

from checker.config.hints import nearest
from checker.config.loading import CONFIG_FILE, find_config, load_config, merge_policy
from checker.config.parts import (
    LONDON,
    Config,
    EmailConfig,
    Policy,
    ReportConfig,
    SchoolsConfig,
    SourceConfig,
    TableSource,
)
from checker.config.password import password_of

__all__ = [
    "CONFIG_FILE",
    "LONDON",
    "Config",
    "EmailConfig",
    "Policy",
    "ReportConfig",
    "SchoolsConfig",
    "SourceConfig",
    "TableSource",
    "find_config",
    "load_config",
    "merge_policy",
    "nearest",
    "password_of",
]
