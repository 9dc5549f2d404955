"""The classical models that the field sets its networks against, over the statistics of a track.

asgharivaskasi (section 4.1, Table 2) has five of them on GTZAN and says neither features nor
options; lgnet2023 (section 4.2, Table 1) has naive Bayes and the support vector machine on three
spectrograms and says no options. Settled here: the statistics of
:func:`genrelab.models.classical.pool`, standardised over the training part (a tree needs no common
scale); MFCC where no paper names features; scikit-learn's own defaults where it has one, except
that `svm` has the penalty of `mfcc_svm`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from genrelab.errors import ModelError
from genrelab.models.classical import CALIBRATION_FOLDS, ClassicalModel
from genrelab.models.registry import register

TABLE_2 = "asgharivaskasi, section 4.1, Table 2"
#: Inputs whose distances to the training part are held at once.
ROWS = 256


@register(
    "svm",
    "classical",
    source=f"lgnet2023, section 4.2, Table 1; {TABLE_2}",
    summary="RBF support vector machine on the statistics of any front end, sigmoid calibration",
    front_end={"name": "log_mel"},
)
def svm(n_classes: int, c: float = 10.0, gamma: str | float = "scale") -> ClassicalModel:
    """Support vector machine with an RBF kernel on standardised statistics.

    Parameters
    ----------
    n_classes
        Number of genres.
    c
        Penalty of the SVM.
    gamma
        Width of the kernel, or scikit-learn's ``"scale"``.
    """
    machine = CalibratedClassifierCV(SVC(C=c, gamma=gamma), ensemble=False, cv=CALIBRATION_FOLDS)
    return ClassicalModel(make_pipeline(StandardScaler(), machine), n_classes)


@register(
    "softmax_regression",
    "classical",
    source=TABLE_2,
    summary="softmax of linear functions of MFCC statistics",
    front_end={"name": "mfcc"},
)
def softmax_regression(n_classes: int, c: float = 1.0, iterations: int = 1000) -> ClassicalModel:
    """Multinomial logistic regression with a quadratic penalty.

    Parameters
    ----------
    n_classes
        Number of genres.
    c
        Inverse of the penalty's weight.
    iterations
        Most steps of the optimizer (L-BFGS).
    """
    regression = LogisticRegression(C=c, max_iter=iterations)
    return ClassicalModel(make_pipeline(StandardScaler(), regression), n_classes)


@register(
    "decision_tree",
    "classical",
    source=TABLE_2,
    summary="one decision tree on MFCC statistics",
    front_end={"name": "mfcc"},
)
def decision_tree(
    n_classes: int,
    max_depth: int = 0,
    min_samples_leaf: int = 1,
    criterion: str = "gini",
    seed: int = 0,
) -> ClassicalModel:
    """Binary decision tree (CART).

    Parameters
    ----------
    n_classes
        Number of genres.
    max_depth
        Most questions on the way to an answer; 0 asks until every leaf is pure, and the
        probabilities of a single input are then 0 or 1.
    min_samples_leaf
        Fewest training inputs in a leaf.
    criterion
        ``"gini"`` or ``"entropy"``.
    seed
        Decides between splits that are equally good.
    """
    tree = DecisionTreeClassifier(
        criterion=criterion,
        max_depth=max_depth or None,
        min_samples_leaf=min_samples_leaf,
        random_state=seed,
    )
    return ClassicalModel(make_pipeline(tree), n_classes)


@register(
    "naive_bayes",
    "classical",
    source=f"lgnet2023, section 4.2, Table 1; {TABLE_2}",
    summary="a normal distribution a class and statistic, as if the statistics were independent",
    front_end={"name": "mfcc"},
)
def naive_bayes(n_classes: int, var_smoothing: float = 1e-9) -> ClassicalModel:
    """Gaussian naive Bayes.

    It multiplies hundreds of densities that are not independent: its probabilities are close to 0
    or 1 until the temperature of the calibration softens them.

    Parameters
    ----------
    n_classes
        Number of genres.
    var_smoothing
        Added to every variance, as a share of the largest; the statistics are standardised, so
        it means the same whatever the front end.
    """
    pipeline = make_pipeline(StandardScaler(), GaussianNB(var_smoothing=var_smoothing))
    return ClassicalModel(pipeline, n_classes, double=True)


class NearestNeighbours(KNeighborsClassifier):  # type: ignore[misc]
    """scikit-learn's k-NN; of equally near training inputs the earlier one comes first.

    scikit-learn leaves that open. Data sets hold a recording twice, at times under two labels, and
    a bundle must answer as its model does.
    """

    def fit(self, X: NDArray[np.float64], y: NDArray[np.int64]) -> NearestNeighbours:
        """Keep the training inputs; fewer than neighbours are asked for raise."""
        if len(X) < self.n_neighbors:
            raise ModelError(
                f"knn with k = {self.n_neighbors} cannot learn from {len(X)} examples."
            )
        super().fit(X, y)
        self.X_, self.y_ = X, y
        return self

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each class's share of the nearest training inputs: ``(inputs, classes)``."""
        of_class = (self.y_[:, None] == self.classes_).astype(np.float64)
        shares = []
        for start in range(0, len(X), ROWS):
            # Differences, not products: the same recording twice is equally far to the last bit.
            distances = cdist(X[start : start + ROWS], self.X_)
            nearest = distances.argsort(axis=1, kind="stable")[:, : self.n_neighbors]
            shares.append(of_class[nearest].mean(axis=1))
        return np.concatenate(shares)


def convertible(pipeline: Pipeline) -> Pipeline:
    """Return a fitted pipeline of scikit-learn's own classes alone, for converters.

    Its k-NN may order equally near inputs as it likes; the graph made of it takes the earlier one
    first, because ONNX defines its TopK so.
    """
    last = pipeline[-1]
    if not isinstance(last, NearestNeighbours):
        return pipeline
    plain = KNeighborsClassifier(**last.get_params()).fit(last.X_, last.y_)
    return make_pipeline(*(step for _, step in pipeline.steps[:-1]), plain)


@register(
    "knn",
    "classical",
    source=TABLE_2,
    summary="the nearest training tracks by MFCC statistics",
    front_end={"name": "mfcc"},
)
def knn(n_classes: int, k: int = 5) -> ClassicalModel:
    """Nearest neighbours by Euclidean distance of standardised statistics, each with one vote.

    Parameters
    ----------
    n_classes
        Number of genres.
    k
        Neighbours asked; of classes with as many votes the first answers.
    """
    neighbours = NearestNeighbours(n_neighbors=k, algorithm="brute")
    return ClassicalModel(make_pipeline(StandardScaler(), neighbours), n_classes, double=True)
