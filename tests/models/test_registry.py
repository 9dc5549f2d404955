import pytest

from genrelab.errors import ModelError
from genrelab.models import create, entry, names
from genrelab.models.registry import register


def test_an_unknown_name_raises_and_suggests():
    with pytest.raises(ModelError, match=r"no model 'bbn'\. Did you mean 'bbnn'"):
        create("bbn", n_classes=3)


def test_a_name_taken_raises():
    put = register("bbnn", "neural", source="", summary="", front_end={"name": "log_mel"})
    with pytest.raises(ModelError, match="two models are named 'bbnn'"):
        put(object)
    assert entry("bbnn").source.startswith("liu2021")


def test_an_unknown_option_raises_and_suggests():
    with pytest.raises(ModelError, match=r"no option 'block'\. Did you mean 'blocks'\?"):
        create("bbnn", n_classes=3, block=2)


def test_one_class_is_no_classification():
    with pytest.raises(ModelError, match="at least 2 classes"):
        create("bbnn", n_classes=1)


def test_kinds_part_the_names():
    assert sorted(names("neural") + names("classical")) == names()
