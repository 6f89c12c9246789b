"""A predictor as one file: arrays in safetensors, all else as JSON in its header; nothing in it can run."""

from pathlib import Path

import msgspec
import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from filters.predictor.config import PredictorConfig
from filters.predictor.features import GROUPS
from filters.predictor.logistic import Fit
from filters.predictor.predictor import Predictor, PredictorError
from pipeline.store.files import write_whole

VERSION = 1
_KEY = "taskmill.predictor"
_SHAPES = {"centres": "D", "scales": "D", "weights": "D", "covariance": "DD", "precisions": "G"}


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    config: str
    salt: int
    names: tuple[str, ...]
    shift: float
    luck: float


def save_predictor(predictor: Predictor, path: str | Path) -> None:
    """Writes the file whole or not at all; the same predictor gives the same bytes."""
    header = _Header(
        version=VERSION,
        config=predictor.config.model_dump_json(),
        salt=predictor.salt,
        names=predictor.names,
        shift=predictor.fit.shift,
        luck=predictor.fit.luck,
    )
    arrays = {
        "centres": predictor.centres,
        "scales": predictor.scales,
        "weights": predictor.fit.weights,
        "covariance": predictor.fit.covariance,
        "precisions": predictor.fit.precisions,
    }
    write_whole(str(path), save(arrays, metadata={_KEY: msgspec.json.encode(header).decode()}))


def load_predictor(path: str | Path) -> Predictor:
    """The predictor as it was saved. Raises PredictorError for a file that is missing or not of this version."""
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(_KEY, "")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        header = msgspec.json.decode(text, type=_Header)
        config = PredictorConfig.model_validate_json(header.config)
    except (OSError, SafetensorError, msgspec.DecodeError, ValidationError) as problem:
        raise PredictorError(f"{path} holds no predictor that can be read here ({problem}): fit it again") from None
    if header.version != VERSION:
        raise PredictorError(f"{path} has version {header.version} and this taskmill reads {VERSION}: fit it again")
    sizes = {"D": len(header.names), "G": 1 + len(GROUPS)}
    for name, axes in _SHAPES.items():
        wanted = tuple(sizes[axis] for axis in axes)
        found = arrays[name].shape if name in arrays else None
        if found != wanted or arrays[name].dtype != np.float64:
            raise PredictorError(f"{path}: {name} has the shape {found} and should have {wanted}: fit it again")
    fit = Fit(
        weights=arrays["weights"],
        covariance=arrays["covariance"],
        precisions=arrays["precisions"],
        shift=header.shift,
        luck=header.luck,
    )
    return Predictor(
        config=config,
        salt=header.salt,
        names=header.names,
        centres=arrays["centres"],
        scales=arrays["scales"],
        fit=fit,
    )
