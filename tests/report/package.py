"""The parts of an Office file and how they refer to each other, read strictly."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree

CONTENT_TYPES = "[Content_Types].xml"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RUNS_OR_LEADS_OUTSIDE = re.compile(
    r"vba|macro|activex|embedding|external|comment|pivot|connection|query", re.IGNORECASE
)
_OF_ONE_OWNER = re.compile("xl/(drawings|charts|tables|worksheets)/[^/]+$")


@dataclass(frozen=True)
class Relation:
    """From one part to another: `target` as the name of a part, `is_external` where it leads out of the file."""

    id: str
    kind: str
    target: str
    is_external: bool


@dataclass(frozen=True)
class Package:
    """An Office file, its parts by name."""

    parts: dict[str, bytes]

    @classmethod
    def read(cls, file: Path) -> Package:
        with ZipFile(file) as archive:
            names = archive.namelist()
            assert len(names) == len(set(names)), "a part is in the file twice"
            return cls({name: archive.read(name) for name in names})

    @cached_property
    def trees(self) -> dict[str, Any]:
        return {name: etree.fromstring(content) for name, content in self.parts.items()}

    def relations(self, part: str) -> list[Relation]:
        folder, name = posixpath.split(part)
        tree = self.trees.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        return [] if tree is None else [_relation(folder, each) for each in tree]

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of one kind that a part refers to."""
        return [each.target for each in self.relations(part) if each.kind == kind]


def _relation(folder: str, each: Any) -> Relation:
    target = posixpath.normpath(posixpath.join("/", folder, each.get("Target"))).lstrip("/")
    kind = each.get("Type").rpartition("/")[2]
    return Relation(each.get("Id"), kind, target, each.get("TargetMode") == "External")


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def every(tree: Any, name: str) -> list[Any]:
    """The elements of that name, whatever their namespace."""
    return list(tree.iter(f"{{*}}{name}"))


def package_faults(package: Package) -> Iterator[str]:
    """What is wrong with the parts and their relations, whatever is in them."""
    yield from _content_type_faults(package)
    owners = Counter[str]()
    for part in ("", *package.parts):
        relations = package.relations(part)
        ids = [each.id for each in relations]
        if len(ids) > len(set(ids)):
            yield f"{part}: two relations have one id"
        for each in relations:
            if each.is_external:
                yield f"{part}: leads out of the file"
                continue
            owners[each.target] += 1
            if each.target not in package.parts:
                yield f"{part}: refers to {each.target}, which is not there"
        if part and part != CONTENT_TYPES:
            used = {element.get(RELATION) for element in package.trees[part].iter() if element.get(RELATION)}
            yield from (f"{part}: has no relation {missing}" for missing in sorted(used - {*ids}))
    for part in package.parts:
        if part == CONTENT_TYPES or part.endswith(".rels"):
            continue
        if not owners[part]:
            yield f"{part}: nothing refers to it"
        elif owners[part] > 1 and _OF_ONE_OWNER.match(part):
            yield f"{part}: is referred to {owners[part]} times"
        if _RUNS_OR_LEADS_OUTSIDE.search(part):
            yield f"{part}: has no place in this workbook"


def _content_type_faults(package: Package) -> Iterator[str]:
    types = package.trees[CONTENT_TYPES]
    stated = [each.get("PartName").lstrip("/") for each in every(types, "Override")]
    endings = {each.get("Extension") for each in every(types, "Default")}
    yield from (f"{part}: its content type is stated twice" for part, times in Counter(stated).items() if times > 1)
    yield from (f"{part}: has a content type and is not there" for part in stated if part not in package.parts)
    for part in package.parts:
        if part != CONTENT_TYPES and part not in stated and (not part.endswith(".rels") or "rels" not in endings):
            yield f"{part}: has no content type"
