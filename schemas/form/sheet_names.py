"""Names of the sheets that the toolkit itself puts into a workbook or fills in when it gives one back."""

META_SHEET = "_meta"  # hidden, by which a form knows itself
LISTS_SHEET = "_lists"  # hidden, what the drop-downs offer
RESULT_SHEET = "結果"  # first of a marked workbook, every finding with a link
ROUTING_PREFIX = "回付_"  # one sheet for each office, printed to go round on its own; never read
EXPLANATION_SHEET = "説明"  # of the form, where a marked workbook lists the points to explain


def is_routing_sheet(name: str) -> bool:
    """Whether a sheet is one that goes round an office: it repeats questions and holds no answers."""
    return name.startswith(ROUTING_PREFIX)
