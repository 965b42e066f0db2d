"""Weights that come from the data, for the children of one parent."""

import numpy as np

from indicators.composite.methods.array_types import Floats

NO_WEIGHT = 1e-12


def complete_rows(x: Floats) -> Floats:
    """The rows of ``x`` (units, children) without gaps."""
    return x[~np.isnan(x).any(axis=1)]


def principal_components(x: Floats) -> tuple[Floats, Floats]:
    """Loadings (children, components) and shares of variance of the correlation matrix of ``x``.

    Rows with gaps are left out; at least three complete rows in which every child varies are needed
    (ValueError). Components by falling variance; sign fixed so that the largest loading is positive.
    Source: OECD/JRC Handbook (2008), step 4.
    """
    rows = complete_rows(x)
    if len(rows) < 3 or (np.ptp(rows, axis=0) == 0).any():
        raise ValueError("principal components need three complete rows in which every column varies")
    variance, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(rows, rowvar=False)))
    variance, vectors = np.clip(variance[::-1], 0, None), vectors[:, ::-1]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    vectors = vectors * np.where(largest < 0, -1.0, 1.0)
    return vectors * np.sqrt(variance), variance / variance.sum()


def pca_weights(x: Floats) -> Floats:
    """Squared loadings on the first component, summing to 1 (never negative).

    Raises ValueError as ``principal_components``, where two components share the largest variance, and where a
    child has no part in the first one: it would drop out of the mean.

    Not the weights of the OECD/JRC Handbook (2008, step 6), which rotates several factors (Nicoletti, Scarpetta and
    Boylaud 2000): here it is each child's share in the variance of the first principal component alone.
    Hotelling, H. (1933). Analysis of a complex of statistical variables into principal components. Journal of
    Educational Psychology 24, 417-441.
    """
    if x.shape[1] == 1:
        return np.ones(1)
    loadings, variance = principal_components(x)
    squared = loadings[:, 0] ** 2 / (loadings[:, 0] ** 2).sum()
    if variance[0] - variance[1] <= NO_WEIGHT or squared.min() <= NO_WEIGHT:
        raise ValueError("the first component is not unique, or a column has no part in it")
    return np.asarray(squared)


def optimised_weights(x: Floats, importance: Floats) -> Floats:
    """Weights with which the correlations of the children with their mean stand as ``importance``.

    With C the covariances and s the standard deviations of the complete rows, corr(x_i, Σ w·x) is
    proportional to (C w)_i / s_i, so w is proportional to C⁻¹ (s · importance); scaled to sum to 1.
    Raises ValueError when there are too few rows or the weights would not all be positive.
    Source: the linear case of Becker, Saisana, Paruolo & Vandecasteele (2017), solved exactly.
    """
    if x.shape[1] == 1:
        return np.ones(1)
    rows = complete_rows(x)
    if len(rows) <= x.shape[1] or (np.ptp(rows, axis=0) == 0).any():
        raise ValueError("optimised weights need more complete rows than columns, and every column must vary")
    covariance = np.cov(rows, rowvar=False)
    if np.linalg.matrix_rank(np.corrcoef(rows, rowvar=False)) < x.shape[1]:
        raise ValueError("optimised weights need columns that do not determine one another")
    found = np.linalg.solve(covariance, rows.std(axis=0, ddof=1) * importance)
    if not (found > 0).all():
        raise ValueError("no positive weights give the importance that is asked for")
    return np.asarray(found / found.sum())
