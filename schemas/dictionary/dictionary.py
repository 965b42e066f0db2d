"""The data dictionary: every sheet, question and code list of the template, loaded and cross-checked."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from schemas.dictionary.codelist import Checklist, ChecklistItem, CodeList
from schemas.dictionary.declaration import DeclarationError, Document, Fault, Text, read_document, validate_document
from schemas.dictionary.field import FORMS, Block, Condition, Field, Form, Rows, Sheet

HERE = Path(__file__).parent.parent
WHOLE = "00"
CENTRE = "centre"


@dataclass(frozen=True)
class Slot:
    """One answer cell of a form: which field it answers and for which keys (unit, position, year, ...)."""

    field: Field
    block: Block
    sheet: Sheet
    keys: Mapping[str, str]

    @property
    def row_key(self) -> str:
        """The key values joined by a slash; empty for a single answer."""
        return "/".join(self.keys.values())

    @property
    def name(self) -> str:
        """The defined name under which the workbook knows this cell."""
        return "_".join([self.field.id.replace(".", "_"), *self.keys.values()])


class DataDictionary:
    """Sheets with their fields, code lists and the checklist; ``hash`` changes when any of them does."""

    def __init__(self, sheets: list[Sheet], code_lists: dict[str, CodeList], checklist: Checklist, digest: str) -> None:
        self.sheets = sheets
        self.code_lists = code_lists
        self.checklist = checklist
        self.hash = digest

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field by id."""
        return {f.id: f for sheet in self.sheets for block in sheet.blocks for f in block.fields}

    @cached_property
    def fields_of(self) -> dict[str, list[Field]]:
        """The fields of every clean table, by the table's name."""
        found: dict[str, list[Field]] = {}
        for f in self.fields.values():
            found.setdefault(f.table, []).append(f)
        return found

    @cached_property
    def open_lists(self) -> dict[str, tuple[Sheet, Block]]:
        """Sheet and block of every table that is an open list."""
        blocks = {table: self.block_of[fields[-1].id] for table, fields in self.fields_of.items()}
        return {table: found for table, found in blocks.items() if found[1].kind == "list"}

    @cached_property
    def block_of(self) -> dict[str, tuple[Sheet, Block]]:
        """Sheet and block of every field."""
        return {f.id: (sheet, block) for sheet in self.sheets for block in sheet.blocks for f in block.fields}

    def form_sheets(self, form: Form) -> list[Sheet]:
        """The sheets of a form in workbook order, each with what this form asks."""
        return self._asked[form]

    @cached_property
    def _asked(self) -> dict[Form, list[Sheet]]:
        return {form: [sheet.as_asked(form) for sheet in self.sheets if form in sheet.forms] for form in FORMS}

    def blocks(self, form: Form) -> Iterator[tuple[Sheet, Block]]:
        """The blocks of a form in workbook order."""
        for sheet in self.form_sheets(form):
            for block in sheet.blocks:
                yield sheet, block

    def labels(self, code_list: str) -> dict[str, Text]:
        """Code to label for a code list or the checklist's items."""
        items = self.checklist.items if code_list == "checklist" else self.code_lists[code_list].items
        return {item.code: item.label for item in items}

    def aliases(self, code_list: str) -> dict[str, list[str]]:
        """Code to the other words that are read as it, for a code list."""
        items = self.checklist.items if code_list == "checklist" else self.code_lists[code_list].items
        return {item.code: item.aliases for item in items if item.aliases}

    @cached_property
    def code_list_names(self) -> dict[str, dict[str, str]]:
        """By table and column the name of the code list: of its choices, and of the fixed rows of its grids."""
        fixed: dict[str, dict[str, str]] = {}
        answered: dict[str, dict[str, str]] = {}
        for f in self.fields.values():
            rows = self.block_of[f.id][1].rows
            fixed.setdefault(f.table, {}).update({axis.key: axis.code_list for axis in rows if axis.code_list})
            name = f.code_list or ("yes_no" if f.type == "yes_no" else "")
            answered.setdefault(f.table, {}).update({f.column: name} if name else {})
        return {
            table: {c: name for c, name in {**own, **answered[table]}.items() if name in self.code_lists}
            for table, own in fixed.items()
        }

    def row_keys(self, block: Block, year: int) -> list[dict[str, str]]:
        """The fixed rows of a grid, each as key -> value; years are resolved for the round ``year``."""
        axes = [[(rows.key, value) for value in self._axis(rows, year)] for rows in block.rows]
        rows = [dict(combination) for combination in itertools.product(*axes)]
        scopes = {scope for f in block.fields for scope in f.across}
        if not scopes or "item" not in {key for row in rows[:1] for key in row}:
            return rows
        return [row for row in rows if not scopes.isdisjoint(self.item_scopes(row["item"]))]

    def _axis(self, rows: Rows, year: int) -> list[str]:
        if rows.years is not None:
            return [str(year + offset) for offset in range(rows.years[0], rows.years[1] + 1)]
        if rows.code_list is not None and not rows.values:
            single = self.code_lists[rows.code_list].codes() if rows.code_list in self.code_lists else None
            return single or list(self.labels(rows.code_list))
        return rows.values

    def slots(self, form: Form, year: int) -> list[Slot]:
        """Every answer cell of the fixed part of a form (lists and records have none), in workbook order."""
        return [
            slot
            for sheet, block in self.blocks(form)
            if block.kind in ("form", "grid")
            for row in (self.row_keys(block, year) if block.kind == "grid" else [{}])
            for slot in self._row_slots(sheet, block, row, year)
        ]

    def _row_slots(self, sheet: Sheet, block: Block, row: dict[str, str], year: int) -> Iterator[Slot]:
        for f in block.fields:
            if f.years and "year" in row and not f.years[0] <= int(row["year"]) - year <= f.years[1]:
                continue
            for across in f.across or [""]:
                keys = {**row, "scope": across} if across else row
                if "item" in row and across and across not in self.item_scopes(row["item"]):
                    continue
                yield Slot(f, block, sheet, keys)

    def item_scopes(self, code: str) -> list[str]:
        """The scopes for which a checklist item is asked."""
        return list(self._items[code].scopes)

    @cached_property
    def _items(self) -> dict[str, ChecklistItem]:
        return {item.code: item for item in self.checklist.items}

    def burden(self, form: Form, year: int) -> tuple[int, int]:
        """(cells always asked with optional blocks filled, follow-up cells for each item at level 2 or more)."""
        fixed = sum(slot.field.required == "always" for slot in self.slots(form, year))
        lists = sum(
            block.filled_rows * sum(f.required == "always" for f in block.fields)
            for _, block in self.blocks(form)
            if block.kind == "list"
        )
        follow_up = {slot.field.id for slot in self.slots(form, year) if slot.field.required == "follow_up"}
        return fixed + lists, len(follow_up)


@dataclass(frozen=True)
class _Known:
    """The words that one declaration may use of the others: lists, offices, and the codes of each field."""

    lists: list[str]
    offices: list[str]
    answers: Mapping[str, list[str]]

    def unknown_faults(self, document: Document, path: tuple[str | int, ...], condition: Condition) -> Iterator[Fault]:
        """Faults of a condition: a field that does not exist, or an answer that it does not offer."""
        if condition.field not in self.answers:
            yield document.undeclared_fault(path, condition.field, list(self.answers))
            return
        offered = self.answers[condition.field]
        for answer in condition.among:
            if answer not in offered:
                yield document.undeclared_fault(path, answer, offered)


def _cross_faults(document: Document, sheet: Sheet, known: _Known) -> Iterator[Fault]:
    for i, block in enumerate(sheet.blocks):
        at: tuple[str | int, ...] = ("blocks", i)
        if block.applies:
            yield from known.unknown_faults(document, (*at, "applies"), block.applies)
        for zone, condition in block.row_applies.items():
            yield from known.unknown_faults(document, (*at, "row_applies", zone), condition)
        for j, f in enumerate(block.fields):
            if f.code_list and f.code_list not in known.lists:
                yield document.undeclared_fault((*at, "fields", j, "code_list"), f.code_list, known.lists)
            if f.applies:
                yield from known.unknown_faults(document, (*at, "fields", j, "applies"), f.applies)
        for k, rows in enumerate(block.rows):
            if rows.code_list and rows.code_list not in known.lists:
                yield document.undeclared_fault((*at, "rows", k, "code_list"), rows.code_list, known.lists)
        for name, field_id in (("skip", block.skip), ("closed_by", block.closed_by)):
            if field_id and field_id not in known.answers:
                yield document.undeclared_fault((*at, name), field_id, list(known.answers))
        if block.office not in known.offices:
            yield document.undeclared_fault((*at, "office"), block.office, known.offices)


def _twice_faults(sheets: list[tuple[Document, Sheet]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for document, sheet in sheets:
        for i, block in enumerate(sheet.blocks):
            for j, f in enumerate(block.fields):
                if f.id in seen:
                    what = Text(ja=f"「{f.id}」が二度定義されています。", en=f"'{f.id}' is declared twice.")
                    remedy = Text(
                        ja=f"一方の名前を変えてください（もう一方は{seen[f.id]}）。",
                        en=f"Rename one of them (the other is in {seen[f.id]}).",
                    )
                    yield document.fault(("blocks", i, "fields", j, "id"), what, remedy)
                seen.setdefault(f.id, document.path.name)


def load_dictionary(folder: Path = HERE) -> DataDictionary:
    """The dictionary declared in ``folder`` (fields/ and codelists/); the one that ships is read once a process.

    Raises DeclarationError with every fault of every file at once.
    """
    return _shipped_dictionary() if folder == HERE else _read_dictionary(folder)


@cache
def _shipped_dictionary() -> DataDictionary:
    return _read_dictionary(HERE)


def _read_dictionary(folder: Path) -> DataDictionary:
    faults: list[Fault] = []
    digest = hashlib.sha256()
    lists: dict[str, CodeList] = {}
    checklist: Checklist | None = None
    sheets: list[tuple[Document, Sheet]] = []
    for path in sorted([*(folder / "codelists").glob("*.yaml"), *(folder / "fields").glob("*.yaml")]):
        digest.update(path.name.encode() + path.read_bytes())
        try:
            document = read_document(path)
            if path.parent.name == "fields":
                sheets.append((document, validate_document(document, Sheet)))
            elif path.stem == "checklist":
                checklist = validate_document(document, Checklist)
                faults.extend(_proposal_faults(document, checklist))
            else:
                lists[path.stem] = validate_document(document, CodeList)
        except DeclarationError as error:
            faults.extend(error.faults)
    faults.extend(_extension_faults(folder, lists))
    lists = {name: _extend_list(one, lists) for name, one in lists.items()}
    known = _Known(
        [*lists, "checklist"],
        lists["offices"].codes() if "offices" in lists else [],
        {f.id: _answers_of(f, lists) for _, sheet in sheets for block in sheet.blocks for f in block.fields},
    )
    faults.extend(_twice_faults(sheets))
    for document, sheet in sheets:
        faults.extend(_cross_faults(document, sheet, known))
    if checklist is None and not any("checklist" in fault.file for fault in faults):
        what = Text(ja="点検項目の定義がありません。", en="The checklist is not declared.")
        remedy = Text(ja="codelists/checklist.yaml を置いてください。", en="Add codelists/checklist.yaml.")
        faults.append(Fault("codelists/checklist.yaml", 1, what, remedy))
    if faults or checklist is None:
        raise DeclarationError(faults)
    ordered = sorted((sheet for _, sheet in sheets), key=lambda sheet: sheet.number)
    return DataDictionary(ordered, lists, checklist, digest.hexdigest()[:16])


def _proposal_faults(document: Document, checklist: Checklist) -> Iterator[Fault]:
    """Proposed items with the code of another one, or of a group that is not declared."""
    taken = [item.code for item in checklist.items]
    groups = [group.code for group in checklist.groups]
    for position, item in enumerate(checklist.proposals):
        if item.code in taken:
            what = Text(ja=f"項目「{item.code}」が二度あります。", en=f"The item '{item.code}' stands twice.")
            remedy = Text(ja="提案に別のコードを付けてください。", en="Give the proposal another code.")
            yield document.fault(("proposals", position, "code"), what, remedy)
        if item.group not in groups:
            yield document.undeclared_fault(("proposals", position, "group"), item.group or "", groups)
        taken.append(item.code)


def _extension_faults(folder: Path, lists: Mapping[str, CodeList]) -> Iterator[Fault]:
    for name, one in lists.items():
        if one.extends is not None and one.extends not in lists:
            document = read_document(folder / "codelists" / f"{name}.yaml")
            yield document.undeclared_fault(("extends",), one.extends, list(lists))


def _extend_list(one: CodeList, lists: Mapping[str, CodeList]) -> CodeList:
    if one.extends is None or one.extends not in lists:
        return one
    return one.model_copy(update={"items": [*lists[one.extends].items, *one.items]})


def _answers_of(f: Field, lists: Mapping[str, CodeList]) -> list[str]:
    name = "yes_no" if f.type == "yes_no" else f.code_list or ""
    return lists[name].codes() if name in lists else []
