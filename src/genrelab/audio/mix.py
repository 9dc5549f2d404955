"""Many channels to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mix_down(
    channels: Sequence[NDArray[Any]] | NDArray[Any], full_scale: float = 1.0
) -> NDArray[np.float32]:
    """Return the mean of the channels: ``(channels, n)`` of any sample type to float32 ``(n,)``.

    The plain mean is what librosa takes. Surround sound has no channel of more weight than
    another, and the low-frequency channel counts as one.

    Parameters
    ----------
    channels
        Samples as the decoder gives them.
    full_scale
        The value that becomes 1.0; 128 means unsigned bytes around 128.

    Examples
    --------
    >>> import numpy as np
    >>> mix_down(np.array([[0, 16384], [0, -32768]], dtype=np.int16), 32768)
    array([ 0.  , -0.25], dtype=float32)
    """
    if len(channels) == 1 and full_scale == 1.0 and channels[0].dtype == np.float32:
        return np.ascontiguousarray(channels[0], dtype=np.float32)
    # Infinite or huge samples would warn here; the stream has a sentence of its own for them.
    with np.errstate(invalid="ignore", over="ignore"):
        y: NDArray[np.float32] = channels[0].astype(np.float32)
        for channel in channels[1:]:
            np.add(y, channel, out=y, casting="same_kind")
        divisor = np.float32(len(channels) * full_scale)
        if divisor != 1.0:
            y /= divisor
    if channels[0].dtype == np.uint8:
        y -= np.float32(1.0)
    return y
