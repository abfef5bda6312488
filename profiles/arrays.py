"""Names for numpy's arrays by what they hold and how many axes they have; NaN in a float array means not known.

And what several rooms compute of them.
"""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Float1D = NDArray[np.float64]
Float2D = NDArray[np.float64]
Float3D = NDArray[np.float64]
Bool = NDArray[np.bool_]
Int1D = NDArray[np.int64]
Int2D = NDArray[np.int64]
Bool1D = NDArray[np.bool_]
Bool2D = NDArray[np.bool_]
Object = NDArray[np.object_]
Vectors = NDArray[np.float32]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Shares of alternatives, the last axis of (..., A), by their logits; -inf is an impossible one."""
    weight = np.exp(logits - logits.max(axis=-1, keepdims=True))
    share: Float = weight / weight.sum(axis=-1, keepdims=True)
    return share


def known_mean(values: np.ndarray) -> np.ndarray:
    """Mean of (n, ...) values over their first axis, NaN ones left out; NaN where nothing is known."""
    known = (~np.isnan(values)).sum(axis=0)
    return np.where(known > 0, np.nansum(values, axis=0) / np.maximum(known, 1), np.nan)
