"""How often a model will solve tasks that it was never given: learnt from the tasks it was, and calibrated."""

from filters.predictor.choice import chosen
from filters.predictor.config import PredictorConfig
from filters.predictor.file import load_predictor, save_predictor
from filters.predictor.predictor import Prediction, Predictor, PredictorError, fitted
from filters.predictor.reading import readings

__all__ = [
    "Prediction",
    "Predictor",
    "PredictorConfig",
    "PredictorError",
    "chosen",
    "fitted",
    "load_predictor",
    "readings",
    "save_predictor",
]
