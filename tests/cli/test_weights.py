"""`genrelab weights` as a person types it, against a server on this machine."""

import hashlib

import pytest

from genrelab.models.pretrained import PUBLISHED

CONTENT = b"tensors" * 1000


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder of the weights; vgg16's file has the hash of a small content."""
    monkeypatch.setenv("GENRELAB_WEIGHTS", str(tmp_path / "weights"))
    file = f"vgg16-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"
    monkeypatch.setitem(PUBLISHED, "vgg16", file)
    return tmp_path / "weights" / file


def test_weights_are_fetched_once(genrelab, file_server, place):
    (file_server.folder / place.name).write_bytes(CONTENT)
    listed = genrelab("weights")
    assert b"not here" in listed.stdout
    done = genrelab("weights", "vgg16", "--address", file_server.address)
    assert (done.returncode, done.stdout.decode().strip()) == (0, str(place))
    assert done.stderr == b""  # no terminal, no bar
    assert place.read_bytes() == CONTENT
    (file_server.folder / place.name).unlink()
    again = genrelab("weights", "vgg16", "--address", file_server.address)
    assert (again.returncode, b"here already" in again.stdout) == (0, True)
    assert f"vgg16  {place.name}  here" in genrelab("weights").stdout.decode()


def test_a_failed_download_is_one_sentence(genrelab, file_server, place):
    (file_server.folder / place.name).write_bytes(b"something else")
    for wanted in (b"is not the published file", b"cannot be had: 404"):
        done = genrelab("weights", "vgg16", "--address", file_server.address)
        assert done.returncode == 1
        assert done.stdout == b""
        assert wanted in done.stderr
        assert done.stderr.count(b"\n") == 1
        assert list(place.parent.iterdir()) == []
        (file_server.folder / place.name).unlink(missing_ok=True)


def test_an_unknown_name(genrelab):
    done = genrelab("weights", "vg16")
    assert done.returncode == 2
    assert b"Did you mean 'vgg16'?" in done.stderr
