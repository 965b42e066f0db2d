"""Composite indicators on any panel: the steps of the OECD/JRC Handbook (2008) as plain array functions.

Each step can be used alone (``normalise.min_max``, ``aggregate.geometric``, ``treat.treat`` …);
``parse_recipe``, ``read_panel`` and ``follow`` run a typed recipe on two tables.
"""

from indicators.composite.methods.ranks import ranks as ranks
from indicators.composite.panel import Panel as Panel
from indicators.composite.panel import read_panel as read_panel
from indicators.composite.pipeline import CompositeResult as CompositeResult
from indicators.composite.pipeline import follow as follow
from indicators.composite.recipe.problems import CompositeError as CompositeError
from indicators.composite.recipe.problems import PanelError as PanelError
from indicators.composite.recipe.problems import RecipeError as RecipeError
from indicators.composite.recipe.recipe import Recipe as Recipe
from indicators.composite.recipe.recipe_reader import parse_recipe as parse_recipe
