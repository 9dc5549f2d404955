"""Downloads from a server on this machine."""

import hashlib
import socket
from threading import Thread

import pytest

from genrelab.errors import DownloadError
from genrelab.models.download import download, named_digest

CONTENT = bytes(range(256)) * 3000  # more than one block
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FILE = f"small-{DIGEST[:8]}.pth"


def test_a_file_arrives_whole_and_is_told_of(file_server, tmp_path):
    (file_server.folder / FILE).write_bytes(CONTENT)
    told = []
    path = download(
        FILE,
        tmp_path / "new" / "weights",
        address=file_server.address,
        progress=lambda done, total: told.append((done, total)),
    )
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == [FILE]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 1


def test_the_whole_hash_can_be_asked_for(file_server, tmp_path):
    (file_server.folder / "any.bin").write_bytes(CONTENT)
    found = download("any.bin", tmp_path / "w", address=file_server.address, sha256=DIGEST)
    assert found.read_bytes() == CONTENT
    almost = DIGEST[:-1] + ("0" if DIGEST[-1] != "0" else "1")
    with pytest.raises(DownloadError, match="not the published file"):
        download("any.bin", tmp_path / "v", address=file_server.address, sha256=almost)
    with pytest.raises(DownloadError, match="no digits of a SHA-256"):
        download("any.bin", tmp_path / "v", address=file_server.address)


def test_another_content_is_not_kept_and_a_good_file_stays(file_server, tmp_path):
    (file_server.folder / FILE).write_bytes(CONTENT + b"!")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / FILE).write_bytes(b"as it was")
    with pytest.raises(DownloadError, match=f"not {DIGEST[:8]}; nothing was kept"):
        download(FILE, tmp_path / "w", address=file_server.address)
    assert [p.read_bytes() for p in (tmp_path / "w").iterdir()] == [b"as it was"]


def test_what_the_server_does_not_have(file_server, tmp_path):
    with pytest.raises(DownloadError, match="cannot be had: 404"):
        download(FILE, tmp_path / "w", address=file_server.address)
    assert list((tmp_path / "w").iterdir()) == []


def test_an_answer_that_breaks_off(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 9000\r\n\r\nonly this")

        Thread(target=answer, daemon=True).start()
        with pytest.raises(DownloadError, match="ended after 9 of 9,000 bytes"):
            download(FILE, tmp_path, address=f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(DownloadError, match=r"cannot be fetched .* by hand"):
        download(FILE, tmp_path, address=f"http://127.0.0.1:{port}/")


def test_only_servers_are_asked(tmp_path):
    with pytest.raises(DownloadError, match="must begin with https"):
        download(FILE, tmp_path, address=tmp_path.as_uri())


@pytest.mark.parametrize("file", ["vgg16-397923af.pth", "a-397923af0.safetensors"])
def test_the_hash_stands_in_the_name(file):
    assert named_digest(file).startswith("397923af")
