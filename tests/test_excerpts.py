"""Pieces of a file: nothing lost between them, nothing taken from their quality."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from genrelab.audio import excerpts, load_audio
from genrelab.audio.excerpts import write_excerpts
from genrelab.errors import AudioError, GenrelabError

CUTS = [0.4, 1.23456]


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, audio_files: Callable[..., dict[str, Path]]
) -> dict[str, Path]:
    return audio_files(tmp_path_factory.mktemp("every format"))


def pieces(path: Path, folder: Path) -> list[Path]:
    targets = [folder / f"{k}.wav" for k in range(3)]
    write_excerpts(path, CUTS, targets, 2.0)
    return targets


def decoded(path: Path) -> NDArray[np.float64]:
    """Return ``(n, channels)`` in double precision, by PyAV's own conversion to arrays."""
    with av.open(str(path)) as container:
        frames = [f.to_ndarray() for f in container.decode(audio=0)]
        with av.open(str(path)) as again:
            form = next(again.decode(audio=0)).format
    rows = np.concatenate(frames, axis=1)
    y = rows.T if form.is_planar else rows.reshape(-1, 2)
    return y / {"s16": 2.0**15, "s32": 2.0**31}.get(form.name.removesuffix("p"), 1.0)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("u8.wav", "PCM_U8"),
        ("s16.wav", "PCM_16"),
        ("s24.wav", "PCM_24"),
        ("s32.wav", "PCM_32"),
        ("f32.wav", "FLOAT"),
        ("f64.wav", "DOUBLE"),
        ("alaw.wav", "PCM_16"),
        ("s24.aiff", "PCM_24"),
        ("s16.caf", "PCM_16"),
    ],
)
def test_plain_samples_are_kept_bit_for_bit(
    files: dict[str, Path], tmp_path: Path, name: str, subtype: str
) -> None:
    found = pieces(files[name], tmp_path)
    whole = sf.read(files[name], dtype="float64")[0]
    parts = [sf.read(p, dtype="float64")[0] for p in found]
    assert [len(p) for p in parts[:2]] == [17640, round(1.23456 * 44100) - 17640]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert {sf.info(p).subtype for p in found} == {subtype}
    assert sorted(tmp_path.iterdir()) == found  # nothing partial is left


@pytest.mark.parametrize(
    "name", ["s16.flac", "s24.flac", "vorbis.ogg", "mp3.mp3", "opus.opus", "aac.m4a", "alac.m4a"]
)
def test_compressed_sound_is_kept_as_it_is_decoded(
    files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    found = pieces(files[name], tmp_path)
    joined = np.concatenate([sf.read(p, dtype="float64")[0] for p in found])
    np.testing.assert_array_equal(joined, decoded(files[name]))
    rate = sf.info(found[0]).samplerate
    # What is heard of the pieces is what genrelab hears of the file.
    np.testing.assert_allclose(joined.mean(axis=1), load_audio(files[name], rate), atol=1e-7)


def test_many_blocks_and_cuts_give_the_same(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpts, "_BLOCK_SECONDS", 0.01)
    cuts = np.arange(0.005, 1.9, 0.017).tolist()
    targets = [tmp_path / f"{k:03d}.wav" for k in range(len(cuts) + 1)]
    write_excerpts(files["s16.wav"], cuts, targets, 2.0)
    joined = np.concatenate([sf.read(p, dtype="int16")[0] for p in targets])
    np.testing.assert_array_equal(joined, sf.read(files["s16.wav"], dtype="int16")[0])


def test_cuts_behind_the_end_give_empty_pieces(files: dict[str, Path], tmp_path: Path) -> None:
    targets = [tmp_path / f"{k}.wav" for k in range(3)]
    write_excerpts(files["s16.wav"], [2.0, 3.0], targets, 2.0)
    assert [sf.info(p).frames for p in targets] == [88200, 0, 0]


def test_a_piece_of_over_4_gib_is_rf64(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpts, "_MOST_BYTES", 200_000)
    found = pieces(files["s16.wav"], tmp_path)
    # 0.4 s, 0.8 s and 0.8 s of 176,400 bytes a second; the last may be a second longer.
    assert [sf.info(p).format for p in found] == ["WAV", "WAV", "RF64"]
    np.testing.assert_array_equal(
        np.concatenate([sf.read(p, dtype="int16")[0] for p in found]),
        sf.read(files["s16.wav"], dtype="int16")[0],
    )


def test_what_is_there_is_kept_and_faults_leave_nothing(
    files: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "1.wav").write_bytes(b"mine")
    with pytest.raises(GenrelabError, match="already there"):
        pieces(files["s16.wav"], tmp_path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"mine"]
    with pytest.raises(GenrelabError, match="cannot be written"):
        pieces(files["s16.wav"], tmp_path / "no such folder")
    (tmp_path / "1.wav").unlink()
    with pytest.raises(AudioError, match="no such file"):
        pieces(tmp_path / "none.mp3", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_change_of_channels_on_the_way_is_a_sentence(
    tmp_path: Path, write: Callable[..., Path], music: Callable[..., NDArray[np.float32]]
) -> None:
    one = write(tmp_path / "one.mp3", music(3.0, 44100, 2), 44100).read_bytes()
    two = write(tmp_path / "two.mp3", music(3.0, 44100, 1), 44100).read_bytes()
    both = tmp_path / "both.mp3"
    both.write_bytes(one + two)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(AudioError, match="channels change at"):
        pieces(both, out)
    assert not list(out.iterdir())
