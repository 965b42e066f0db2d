"""Names of the sheets that the toolkit itself puts into a workbook or fills in when it gives one back."""

META_SHEET = "_meta"  # hidden, by which a form knows itself
LISTS_SHEET = "_lists"  # hidden, what the drop-downs offer
RESULT_SHEET = "結果"  # first of a marked workbook, every finding with a link
EXPLANATION_SHEET = "説明"  # of the form, where a marked workbook lists the points to explain
