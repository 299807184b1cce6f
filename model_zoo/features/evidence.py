"""What a fitted classifier leans on, as pictures: support vectors of an SVM, the dimensions that trees ask most."""

import numpy as np

from model_zoo.features.fitting import Fitted

DIMENSIONS, PICTURES = 8, 9  # of the dimensions that matter most, and of the pictures that excite each most


def evidence(fitted: Fitted, x: np.ndarray, train: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Give what there is to show for embeddings x (N, D), trained on `train` (n,), with labels (N,).

    Of an SVM `support` (pictures) and `support_weight`, the heaviest first; of XGBoost `important` (dimensions),
    their share of the gain as `importance`, and `exciting` (dimensions, pictures). Of others nothing.
    """
    if fitted.row.name in ("svm_linear", "svm_rbf"):
        weights = (
            _squared_hinge(fitted, x[train], labels[train])
            if fitted.row.name == "svm_linear"
            else _dual(fitted, len(train))
        )
        order = np.argsort(-weights, kind="stable")[: int((weights > 0).sum())]
        return {"support": train[order].astype(np.int32), "support_weight": weights[order].astype(np.float32)}
    return _important(fitted, x) if fitted.row.name == "xgboost" else {}


def _squared_hinge(fitted: Fitted, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give the dual weight of each training picture, all classes together: 2 C × how far it lies inside the margin.

    That is the optimality condition of the squared hinge loss that LinearSVC minimises.
    """
    margins = fitted.pipeline.decision_function(x)
    sides = np.where(labels[:, None] == fitted.present, 1.0, -1.0)  # (n, classes)
    if margins.ndim == 1:
        margins, sides = margins[:, None], sides[:, 1:]
    return 2 * fitted.options.c * np.maximum(0.0, 1.0 - sides * margins).sum(axis=1)


def _dual(fitted: Fitted, count: int) -> np.ndarray:
    machine, weights = fitted.pipeline[-1], np.zeros(count)
    weights[machine.support_] = np.abs(machine.dual_coef_).sum(axis=0)
    return weights


def _important(fitted: Fitted, x: np.ndarray) -> dict[str, np.ndarray]:
    gains = fitted.pipeline[-1].feature_importances_
    kept = fitted.pipeline[0].get_support(indices=True)  # dimensions that are not constant
    order = np.argsort(-gains, kind="stable")[:DIMENSIONS]
    exciting = [np.argsort(-x[:, dimension], kind="stable")[:PICTURES] for dimension in kept[order]]
    return {
        "important": kept[order].astype(np.int32),
        "importance": gains[order].astype(np.float32),
        "exciting": np.stack(exciting).astype(np.int32),
    }
