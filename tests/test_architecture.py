"""The shape of the package: which way imports run, and what stays out of what."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "genrelab"

TRAINING_ONLY = [
    *["torch", "lightning", "sklearn", "pandas", "pyarrow", "matplotlib", "jinja2"],
    *["onnx", "skl2onnx", "h5py", "safetensors", "librosa"],
]


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_import_contracts_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_importing_the_package_imports_nothing_heavy():
    done = python(
        "import sys, genrelab; "
        "print([m for m in ('numpy', 'scipy', 'torch', 'rich') if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "module", ["audio", "features", "segmentation", "runtime", "cli", "datasets", "protocols"]
)
def test_what_classifying_needs_imports_without_training_libraries(module):
    block = f"import sys\nfor m in {TRAINING_ONLY}: sys.modules[m] = None\n"
    done = python(f"{block}import genrelab.{module}")
    assert done.returncode == 0, done.stderr


def test_what_a_bundle_says_is_read_without_scipy():
    done = python("import sys, genrelab.runtime.bundle; print('scipy' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("module", ["models", "training.run", "evaluation.report"])
def test_the_laboratory_imports_without_audio_libraries(module):
    block = "import sys\nfor m in ['soundfile', 'soxr', 'av']: sys.modules[m] = None\n"
    done = python(f"{block}import genrelab.{module}")
    assert done.returncode == 0, done.stderr


def test_no_module_outgrows_one_idea():
    long = {
        str(p.relative_to(ROOT)): n
        for p in SOURCE.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_nothing_is_pickled():
    """Nothing is written as a pickle, and none is read but by the loader that runs no code."""
    words = ("import pickle", "joblib.dump", "torch.save(", "allow_pickle=True", "torch.load(")
    found = [
        f"{p.relative_to(ROOT)}: {line.strip()}"
        for p in SOURCE.rglob("*.py")
        for line in p.read_text(encoding="utf-8").splitlines()
        if any(word in line for word in words)
        and not ("torch.load(" in line and "weights_only=True" in line)
    ]
    assert found == []
