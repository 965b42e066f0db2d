"""``junkan composite``: composite indicators on any panel."""

from __future__ import annotations

import argparse

from app.commands import composite_files
from app.commands.exit_codes import BROKEN, FINE, UNREADABLE, read_input, warn
from indicators.composite import PanelError, RecipeError


def run_composite(options: argparse.Namespace, language: str) -> int:
    """Composite indicators on any panel; see docs/composite.md."""
    for path in (options.data, options.meta, options.recipe):
        read_input(path)
    try:
        composite_files.run_composite(
            options.data,
            options.meta,
            options.recipe,
            options.out,
            robustness=options.robustness,
            sobol=options.sobol,
            seed=options.seed,
            progress=lambda step, share: None,
        )
    except (RecipeError, PanelError) as error:
        for message in error.messages:
            warn(message[language])
        return BROKEN if isinstance(error, RecipeError) else UNREADABLE
    return FINE
