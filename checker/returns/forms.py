"""The kinds of lists that come back, each known by its headers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from checker import finding_ids
from checker.returns import headers, lines, reviews
from checker.returns.lines import Line, Source, Texts
from checker.returns.words import folded

ReadLine = Callable[[Source, int, Texts, Mapping[str, str]], Line | None]


@dataclass(frozen=True)
class Form:
    """A kind of list: what is typed and what is printed in it, and how a line of it is read.

    Two of the `marks` tell its header row, so that one of them may be lost. `id` heads the ids of its lines.
    """

    typed: tuple[str, ...]
    printed: tuple[str, ...]
    marks: tuple[str, ...]
    id: str
    id_pattern: str
    read_line: ReadLine

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which nothing can be read."""
        return (*self.typed, *self.printed)

    def repeats_headers(self, cells: Texts) -> bool:
        """Whether a line is a header row again, as where one list was copied under another."""
        return all(folded(cells[header] or "") == folded(header) for header in (self.typed[0], *self.printed))


def _of_sample(columns: reviews.Columns, *marks: str) -> Form:
    read_line = partial(reviews.read_review, columns)
    return Form(columns.typed, columns.printed, marks, headers.LINE_ID, reviews.LINE_ID_PATTERN, read_line)


def forms(no_referral: Collection[str]) -> tuple[Form, ...]:
    """Every kind of list; `no_referral` are the ids of the rules that ask for something else than a referral."""
    return (
        Form(
            headers.TYPED,
            headers.PRINTED,
            (headers.FINDING_ID, headers.DECISION, headers.DECIDED_BY),
            headers.FINDING_ID,
            finding_ids.PATTERN,
            partial(lines.read_line, no_referral),
        ),
        _of_sample(reviews.OF_ONE, headers.ANSWER, headers.REVIEWED_BY, headers.REVIEWER),
        _of_sample(reviews.OF_BOTH, headers.AGREED_ANSWER, headers.AGREED_REMARK, headers.AGREED_BY),
    )
