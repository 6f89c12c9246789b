"""Points of any space in two dimensions, by principal components."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def projected(vectors: Matrix) -> tuple[Matrix, float]:
    """Places (N, 2), each direction scaled to -1 … 1, and the share of variance that the two hold.

    No draw is made, and of the two signs of a direction the one is taken whose largest entry is positive.
    """
    if len(vectors) < 3 or vectors.shape[1] < 2:
        return np.zeros((len(vectors), 2)), 0.0
    centred = vectors - vectors.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    if sizes[0] < 1e-9:
        return np.zeros((len(vectors), 2)), 1.0
    most = np.abs(directions[:2]).argmax(axis=1)
    signs = np.sign(directions[[0, 1], most])
    places = centred @ (directions[:2] * signs[:, None]).T
    scale = np.maximum(np.abs(places).max(axis=0), 1e-9)
    return places / scale, float((sizes[:2] ** 2).sum() / (sizes**2).sum())
