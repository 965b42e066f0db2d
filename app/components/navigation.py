"""The pages in the order of the menu; the one list that the menu and the tests go by."""

PAGES: dict[str, tuple[str, ...]] = {
    "nav.university": (
        "home",
        "overview",
        "indicator",
        "comparison",
        "peers",
        "change",
        "whatif",
        "items",
        "next_steps",
        "practices",
        "lineage",
        "scorecard",
    ),
    "nav.submit": ("form", "upload", "log"),
    "nav.ministry": ("round", "review", "ministry", "side_by_side", "rollout", "pillars", "context"),
    "nav.reference": ("handbook",),
}
NAMES = tuple(name for names in PAGES.values() for name in names)
