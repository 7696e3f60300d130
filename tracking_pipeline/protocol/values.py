"""What counts as a number."""

import math
from typing import Any, TypeGuard


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell a JSON number from everything else (true and false are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def reads_as_number(text: str) -> bool:
    """Tell whether a text can be taken for a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
