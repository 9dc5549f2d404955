"""asgharivaskasi, Algorithms 1 to 4, line by line: slow, and easy to hold against the paper."""

import numpy as np
import scipy.linalg
import scipy.signal


def autoregressive_model(w, p):
    """Coefficients a_1 to a_p of equation 1, and the noise power (Yule-Walker equations)."""
    r = autocorrelation(w)
    a = scipy.linalg.solve_toeplitz(r[:p], r[1 : p + 1])
    return a, r[0] - a @ r[1 : p + 1]


def autocorrelation(w):
    m = len(w)
    return scipy.signal.correlate(w, w, "full")[m - 1 :] / m


def spectral_error_measure(w_ref, w_slid, p, *, lags=None, tail=False):
    """Algorithm 1.

    With ``tail`` the inverse filter runs on until it is empty; without, it stops with the window,
    as a filter in a loop over samples does.
    """
    # 1: Estimate a p-order AR process from w_ref.
    a, noise_power = autoregressive_model(w_ref, p)
    # 2: Pass w_slid through the inverse filter to obtain the residual.
    inverse = np.concatenate([[1.0], -a])
    s_res = np.convolve(w_slid, inverse) if tail else scipy.signal.lfilter(inverse, [1.0], w_slid)
    # 3: Calculate the autocorrelation of the residual.
    r_s = autocorrelation(s_res) * len(s_res) / len(w_slid)
    # 4: Equation 2.
    m = len(r_s) - 1 if lags is None else lags
    return (noise_power / r_s[0] - 1) ** 2 + 2 * sum(
        (r_s[k] / r_s[0]) ** 2 for k in range(1, m + 1)
    )


def distance_matrix(f, n_windows, p, **options):
    """Algorithm 2, lines 1 to 3."""
    length = len(f) // n_windows
    windows = [f[i * length : (i + 1) * length] for i in range(n_windows)]
    s = np.zeros((n_windows, n_windows))
    for i in range(n_windows):
        for j in range(n_windows):
            s[i, j] = spectral_error_measure(windows[i], windows[j], p, **options)
    return (s + s.T) / 2


def adjacency_matrix(s_sym):
    """Algorithm 2, line 4, equation 5."""
    n = len(s_sym)
    a = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                a[i, j] = np.exp(-(s_sym[i, j] ** 2))
    return a


def spectral_embedding(a, k):
    """Algorithm 3, lines 1 to 3."""
    d = np.diag(a.sum(axis=1) ** -0.5)
    laplacian = d @ a @ d
    _, vectors = np.linalg.eigh(laplacian)
    u = vectors[:, ::-1][:, :k]
    return u / np.sqrt((u**2).sum(axis=1, keepdims=True))


def labels_of_samples(n_samples, n_windows, y):
    """Algorithm 4."""
    length = n_samples // n_windows
    return np.concatenate([np.full(length, y[i]) for i in range(n_windows)])
