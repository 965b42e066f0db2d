"""Reference interval 参考区間: how widely a share would scatter if the same posts were filled again."""

from __future__ import annotations

from typing import Any

import numpy as np

Z95 = 1.959963984540054  # 97.5 % point of the normal distribution


def wilson(successes: np.ndarray[Any, Any], trials: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """Wilson (1927) 95 % score interval of successes/trials, as shares in 0..1.

    NaN where there are no trials, or fewer than successes.

    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    JASA 22(158), 209-212.
    """
    n = np.where((trials > 0) & (successes <= trials), trials, np.nan).astype(float)
    p = successes / n
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
    low = np.where(successes == 0, np.where(np.isnan(n), np.nan, 0.0), centre - half)
    high = np.where(successes == trials, np.where(np.isnan(n), np.nan, 1.0), centre + half)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
