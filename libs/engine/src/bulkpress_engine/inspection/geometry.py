"""Matrices of PDF (ISO 32000-2, 8.3.3), as tuples (a, b, c, d, e, f), and how large they draw a unit square."""

import math
from collections.abc import Sequence
from typing import TypeAlias

Matrix: TypeAlias = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that applies `first` and then `then`; PDF writes it first x then."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def drawn_size(matrix: Matrix) -> tuple[float, float]:
    """Width and height in points of the unit square, as an image is drawn into it (ISO 32000-2, 8.9.5)."""
    a, b, c, d, _, _ = matrix
    return math.hypot(a, b), math.hypot(c, d)


def matrix_of(numbers: object) -> Matrix | None:
    """Six numbers as a matrix; the identity for None, and None for anything that is not six finite numbers."""
    if numbers is None:
        return IDENTITY
    try:
        a, b, c, d, e, f = (float(number) for number in numbers)  # type: ignore[attr-defined]  # TypeError is caught
    except (TypeError, ValueError):
        return None
    matrix = (a, b, c, d, e, f)
    return matrix if all(math.isfinite(number) for number in matrix) else None


def appearance_matrix(matrix: Matrix, bbox: Sequence[float], rect: Sequence[float]) -> Matrix:
    """How an annotation's appearance is fitted into its /Rect (ISO 32000-2, 12.5.5, algorithm "appearance streams")."""
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (bbox[0], bbox[2]) for y in (bbox[1], bbox[3])]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    across = abs(rect[2] - rect[0]) / width if width else 1.0
    up = abs(rect[3] - rect[1]) / height if height else 1.0
    return (across, 0.0, 0.0, up, min(rect[0], rect[2]) - min(xs) * across, min(rect[1], rect[3]) - min(ys) * up)
