"""Names for numpy's arrays by what they hold and how many axes they have; NaN in a float array means not known."""

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
