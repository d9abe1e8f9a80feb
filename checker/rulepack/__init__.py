"""The rule pack: rules as data, read from TOML files, compiled to Polars expressions, tested by their own examples."""

from checker.rulepack.examples import EXAMPLE_AS_OF, check_examples, example_frame, example_outcome
from checker.rulepack.guard import PredicateError
from checker.rulepack.loader import load_rules
from checker.rulepack.pack import CompiledRule, RulePack
from checker.rulepack.predicate import Clause, Predicate, compile_predicate
from checker.rulepack.template import new_rule, new_rule_text

__all__ = [
    "EXAMPLE_AS_OF",
    "Clause",
    "CompiledRule",
    "Predicate",
    "PredicateError",
    "RulePack",
    "check_examples",
    "compile_predicate",
    "example_frame",
    "example_outcome",
    "load_rules",
    "new_rule",
    "new_rule_text",
]
