"""``junkan composite``: composite indicators on any panel."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from app.commands import composite_files
from app.commands.exit_codes import BROKEN, FINE, UNREADABLE, Options, input_file, warn
from indicators.composite import PanelError, RecipeError


def run_composite(options: Options, language: str) -> int:
    """Composite indicators on any panel; see docs/composite.md."""
    try:
        with TemporaryDirectory() as folder:
            given = (options.data, options.meta, options.recipe)
            data, meta, recipe = (input_file(path, Path(folder)) for path in given)
            warnings = composite_files.run_composite(
                data,
                meta,
                recipe,
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
    for one in warnings:
        warn(one[language])
    return FINE
