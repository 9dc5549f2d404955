"""What a bundle says of itself survives the file, and a file that is no bundle is told so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.errors import BundleError
from genrelab.features import Windowing
from genrelab.runtime.bundle import FORMAT, METADATA_KEY, BundleInfo, default_bundle, read_info

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(st.text(), anything, max_size=4)
named = st.builds(lambda name, rest: {**rest, "name": name}, st.text(), mappings)
labels = st.lists(st.text(), min_size=2, max_size=6, unique=True).map(tuple)
infos = st.builds(
    BundleInfo,
    model=named,
    labels=labels,
    front_end=named,
    windowing=st.builds(
        Windowing,
        frames=st.none() | st.integers(1, 9999),
        hop=st.none() | st.integers(1, 9999),
        pad=st.sampled_from(["zero", "repeat"]),
    ),
    temperature=st.floats(1e-3, 1e3),
    training=mappings,
    results=st.lists(mappings, max_size=3).map(tuple),
    card=st.dictionaries(st.text(), st.text(), max_size=3),
    genrelab_version=st.text(),
    min_frames=st.integers(1, 99),
    aggregate=st.sampled_from(["mean", "vote"]),
)


@given(infos)
@settings(deadline=None, max_examples=60)
def test_a_description_survives_json(info: BundleInfo) -> None:
    text = info.to_json()
    text.encode("utf-8")  # as ONNX stores it
    assert BundleInfo.from_json(text) == info


def test_a_label_that_is_no_valid_text_survives() -> None:
    info = BundleInfo({"name": "bbnn"}, ("caf\udce9", "rock"), {"name": "log_mel"})
    text = info.to_json()
    text.encode("utf-8")  # as ONNX stores it
    assert BundleInfo.from_json(text) == info


@given(anything)
@settings(deadline=None, max_examples=60)
def test_any_other_json_is_told_as_damaged(value: object) -> None:
    with pytest.raises(BundleError, match="damaged"):
        BundleInfo.from_json(json.dumps(value))


GOOD = BundleInfo({"name": "bbnn"}, ("pop", "rock"), {"name": "log_mel"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": "pop"}, "labels must be a list"),
        ({"labels": ["pop"]}, "two or more"),
        ({"labels": ["pop", "pop"]}, "no two the same"),
        ({"labels": ["pop", 3]}, "labels must be text"),
        ({"front_end": {}}, "front_end has no name"),
        ({"model": "bbnn"}, "model has no name"),
        ({"temperature": 0}, "temperature must be above 0"),
        ({"temperature": "hot"}, "damaged"),
        ({"temperature": None}, "damaged"),
        ({"min_frames": 0}, "at least one frame"),
        ({"windowing": {"frames": 0}}, "a window needs at least one frame"),
        ({"windowing": {"length": 3}}, "damaged"),
        ({"results": 3}, "damaged"),
        ({"aggregate": "median"}, "aggregate must be one of mean, vote, not 'median'"),
        ({"format": FORMAT + 1}, f"has format {FORMAT + 1}.*Upgrade genrelab"),
        ({"format": "new"}, "damaged"),
    ],
)
def test_each_wrong_value_has_its_sentence(changes: dict[str, object], sentence: str) -> None:
    values = {**json.loads(GOOD.to_json()), **changes}
    with pytest.raises(BundleError, match=sentence) as caught:
        BundleInfo.from_json(json.dumps(values))
    assert "\n" not in str(caught.value)


def test_a_missing_value_is_named_and_an_unknown_one_ignored() -> None:
    values = json.loads(GOOD.to_json())
    values["added in a later version of the same format"] = 1
    assert BundleInfo.from_json(json.dumps(values)) == GOOD
    del values["labels"]
    with pytest.raises(BundleError, match="'labels' is missing"):
        BundleInfo.from_json(json.dumps(values))


def test_an_older_genrelab_reads_what_it_can_do_and_refuses_votes() -> None:
    """Format 1 was the newest before windows could vote; what it can say is still written as 1."""
    assert json.loads(GOOD.to_json())["format"] == 1
    votes = replace(GOOD, aggregate="vote")
    assert json.loads(votes.to_json())["format"] == 2
    old = json.loads(GOOD.to_json())
    del old["aggregate"]
    assert BundleInfo.from_json(json.dumps(old)) == GOOD


def without_description(bundle: Path, path: Path) -> None:
    model = onnx.load(bundle)
    del model.metadata_props[:]
    onnx.save(model, path)


def of_the_future(bundle: Path, path: Path) -> None:
    model = onnx.load(bundle)
    values = json.loads(model.metadata_props[0].value)
    model.metadata_props[0].value = json.dumps({**values, "format": 99})
    onnx.save(model, path)


def with_other_names(bundle: Path, path: Path) -> None:
    model = onnx.load(bundle)
    for node in model.graph.node:
        node.input[:] = ["spectrum" if name == "features" else name for name in node.input]
    model.graph.input[0].name = "spectrum"
    onnx.save(model, path)


def with_a_label_too_many(bundle: Path, path: Path) -> None:
    model = onnx.load(bundle)
    values = json.loads(model.metadata_props[0].value)
    model.metadata_props[0].value = json.dumps({**values, "labels": [*values["labels"], "salsa"]})
    onnx.save(model, path)


DAMAGES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "missing": (lambda bundle, path: None, "there is no model file"),
    "folder": (lambda bundle, path: path.mkdir(), "cannot be read"),
    "empty": (lambda bundle, path: path.touch(), "no ONNX model"),
    "text": (lambda bundle, path: path.write_text("a model, honestly\n" * 99), "no ONNX model"),
    "cut": (lambda bundle, path: path.write_bytes(bundle.read_bytes()[:9000]), "no ONNX model"),
    "foreign": (without_description, "without genrelab's description"),
    "newer": (of_the_future, "has format 99"),
    "names": (with_other_names, "does not turn features into logits"),
    "labels": (with_a_label_too_many, "4 outputs, but 5 labels"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_file_that_is_no_bundle_is_told_in_one_sentence(
    tmp_path: Path, bundle: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    damage, sentence = DAMAGES[kind]
    path = tmp_path / "model.onnx"
    damage(bundle, path)
    with pytest.raises(BundleError, match=sentence) as caught:
        read_info(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # ONNX Runtime logs nothing on its own


def test_the_description_is_what_the_onnx_package_sees(bundle: Path) -> None:
    (prop,) = onnx.load(bundle).metadata_props
    assert prop.key == METADATA_KEY
    assert BundleInfo.from_json(prop.value) == read_info(bundle)


def test_the_model_inside_the_package_is_there_or_missed_in_a_sentence() -> None:
    try:
        path = default_bundle()
    except BundleError as error:
        assert "--model" in str(error)  # noqa: PT017  (a checkout may or may not hold one)
    else:
        assert len(read_info(path).labels) >= 2
