"""Reading audio, against the samples that were written, librosa, and the whole file."""

from __future__ import annotations

import os
import struct
import tracemalloc
import warnings
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelab.audio import AudioWarning, load_audio, stream_audio
from genrelab.errors import AudioError

LOSSLESS_ERROR = {  # the coarsest step of the sample type, or rounding of float32
    "u8.wav": 2**-7,
    "alaw.wav": 2**-5,
    "ulaw.wav": 2**-5,
    "s24": 2**-22,
    "s32": 2**-22,
    "f32": 2**-22,
    "f64": 2**-22,
    "s16": 2**-14,
    "alac": 2**-14,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory, audio_files):
    """The same two seconds of stereo in every format."""
    return audio_files(tmp_path_factory.mktemp("formats"))


@pytest.fixture(scope="module")
def long_files(tmp_path_factory, audio_files):
    """Five seconds, long enough for packets to be passed over."""
    return audio_files(tmp_path_factory.mktemp("long"), seconds=5.0, channels=1)


@pytest.fixture(scope="module")
def broken(tmp_path_factory, broken_files):
    return broken_files(tmp_path_factory.mktemp("broken"))


def native_rate(name):
    return 48000 if "opus" in name else 44100


def read(path, sample_rate=22050, **kwargs):
    """Return the samples and the notes."""
    with stream_audio(path, sample_rate, **kwargs) as stream:
        return np.concatenate(list(stream)), stream.notes


def likeness(a, b):
    """Largest normalised cross-correlation over all lags."""
    product = scipy.signal.correlate(a, b, method="fft")
    return np.abs(product).max() / np.sqrt((a @ a) * (b @ b))


def every_format():
    from_conftest = (
        "u8.wav s16.wav s24.wav s32.wav f32.wav f64.wav alaw.wav ulaw.wav s16.rf64.wav s16.w64 "
        "s16.aiff s24.aiff s16.au s16.caf s16.flac s24.flac vorbis.ogg aac.aac aac.m4a alac.m4a "
        "wmav2.wma opus.webm opus.opus mp3.mp3 mp3.mkv"
    )
    return pytest.mark.parametrize("name", from_conftest.split())


# What is read ----------------------------------------------------------------------------------


def test_the_list_of_formats_is_complete(files):
    [mark] = [every_format().mark]
    assert set(mark.args[1]) == set(files)


@every_format()
def test_each_format_gives_the_mean_of_the_channels_that_were_written(name, files, music):
    rate = native_rate(name)
    y, notes = read(files[name], rate)
    expected = music(2.0, rate).mean(axis=0)
    assert y.dtype == np.float32
    assert y.ndim == 1
    assert not notes
    tolerance = next((v for k, v in LOSSLESS_ERROR.items() if name.startswith(k)), None)
    if tolerance is None:
        assert likeness(y, expected) > 0.98
        assert abs(len(y) - len(expected)) <= 2048  # encoders pad
        assert np.sqrt(np.mean(y**2)) == pytest.approx(np.sqrt(np.mean(expected**2)), rel=0.06)
    else:
        assert len(y) == len(expected)
        assert np.abs(y - expected).max() <= tolerance


@every_format()
def test_the_ending_of_the_name_does_not_matter(name, files, tmp_path):
    expected = load_audio(files[name])
    for ending in (".txt", ".mp3", ".wav", ""):
        other = tmp_path / f"other{ending}"
        other.write_bytes(files[name].read_bytes())
        assert np.array_equal(load_audio(other), expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 6, 7])
@pytest.mark.parametrize("name", ["s16.wav", "s24.flac", "s16.aiff"])
def test_any_number_of_channels_is_mixed_down_to_the_mean(name, channels, tmp_path, music, write):
    y = music(0.2, 44100, channels)
    assert np.abs(load_audio(write(tmp_path / name, y, 44100), 44100) - y.mean(0)).max() < 2**-14


@pytest.mark.parametrize("name", ["vorbis.ogg", "aac.m4a", "opus.webm"])
def test_compressed_surround_sound_is_mixed_down(name, tmp_path, music, write):
    y = music(1.0, 48000, 6)
    assert likeness(load_audio(write(tmp_path / name, y, 48000), 48000), y.mean(0)) > 0.97


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000])
def test_every_sample_rate_is_resampled_as_librosa_does(rate, tmp_path, music, write):
    path = write(tmp_path / "f32.wav", music(1.237, rate), rate)
    y = load_audio(path)
    expected, _ = librosa.load(path, sr=22050)
    assert len(y) == len(expected)
    assert np.abs(y - expected).max() < 1e-6


@pytest.mark.parametrize("name", ["s16.flac", "vorbis.ogg", "mp3.mp3", "opus.opus"])
def test_compressed_files_are_read_as_librosa_reads_them(name, files):
    y = load_audio(files[name])
    expected, _ = librosa.load(files[name], sr=22050)
    assert len(y) == len(expected)
    assert np.abs(y - expected).max() < (1e-4 if "opus" in name else 1e-5)


def test_one_sample_is_audio(tmp_path):
    sf.write(tmp_path / "one.wav", np.array([0.5]), 96000)
    assert len(load_audio(tmp_path / "one.wav")) == 1


def test_silence_is_audio_and_said(tmp_path):
    path = tmp_path / "silence.flac"
    sf.write(path, np.zeros(44100), 44100)
    with pytest.warns(AudioWarning, match=r"silence\.flac: the audio is silent\."):
        assert not load_audio(path).any()
    assert read(path)[1] == ["the audio is silent."]


def test_the_sound_of_a_video_is_read(tmp_path, video, music):
    sound = music(1.0, 44100)
    y, notes = read(video(tmp_path / "film.mp4", sound=sound), 44100)
    assert likeness(y, sound.mean(0)) > 0.99
    assert not notes


# Streams ---------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(["s16.wav", "mp3.mp3", "s16.flac", "opus.opus", "aac.m4a", "wmav2.wma"]),
    block_seconds=st.floats(0.01, 6.0),
    offset=st.sampled_from([0.0, 0.3333, 2.5]),
    duration=st.none() | st.floats(0.001, 1.5),
    sample_rate=st.sampled_from([22050, 44100, 16000]),
)
def test_joined_blocks_are_the_whole_whatever_their_size(
    long_files, name, block_seconds, offset, duration, sample_rate
):
    path = long_files[name]
    whole = load_audio(path, sample_rate, offset, duration)
    with stream_audio(
        path, sample_rate, offset=offset, duration=duration, block_seconds=block_seconds
    ) as stream:
        blocks = list(stream)
    assert np.array_equal(np.concatenate(blocks), whole)
    assert stream.duration == len(whole) / sample_rate
    assert max(map(len, blocks)) <= (block_seconds + 0.2) * sample_rate + 1


@pytest.mark.parametrize("name", ["s16.wav", "s16.flac"])
def test_memory_does_not_grow_with_the_file(name, tmp_path, music, write):
    peaks = []
    for minutes in (1, 8):
        path = write(tmp_path / name, np.tile(music(60.0, 16000, 1), minutes), 16000)
        tracemalloc.start()
        with stream_audio(path) as stream:
            seconds = sum(len(block) for block in stream) / 22050
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert seconds == pytest.approx(60 * minutes)
    assert peaks[1] < 1.1 * peaks[0]


def test_duration_counts_what_was_delivered_and_a_closed_stream_gives_nothing(files):
    with stream_audio(files["s16.wav"], block_seconds=0.5) as stream:
        assert stream.duration == 0
        block = next(stream)
        assert stream.duration == len(block) / 22050
    assert list(stream) == []


def test_faults_are_raised_when_the_stream_is_made(broken):
    with pytest.raises(AudioError):
        stream_audio(broken["text"])


def test_a_fault_on_the_way_comes_behind_the_sound_before_it(tmp_path, music, write):
    y = music(3.0, 22050, 1)
    y[0, 60_000] = np.nan
    with stream_audio(write(tmp_path / "f32.wav", y, 22050), block_seconds=1.0) as stream:
        before = [next(stream), next(stream)]
        with pytest.raises(AudioError, match=r"are NaN, .* first at 2\.72 s\."):
            next(stream)
    assert np.array_equal(np.concatenate(before), y[0, :44100])


# Stretches -------------------------------------------------------------------------------------


@every_format()
@pytest.mark.parametrize(("offset", "duration"), [(0.0, 0.5), (3.21987, 0.5), (2.1, None)])
def test_a_stretch_is_a_slice_of_the_whole(name, offset, duration, long_files):
    rate = native_rate(name)
    whole = load_audio(long_files[name], rate)
    y, notes = read(long_files[name], rate, offset=offset, duration=duration)
    start = round(offset * rate)
    stop = None if duration is None else start + round(duration * rate)
    assert np.array_equal(y, whole[start:stop])
    assert not notes


def test_samples_beyond_all_measure_are_a_fault(tmp_path, music, write):
    y = music(0.5, 22050, 1)
    assert np.array_equal(load_audio(write(tmp_path / "f32.wav", 1e6 * y, 22050)), 1e6 * y[0])
    y[0, 5000] = 1e30
    with pytest.raises(AudioError, match=r"first at 0\.23 s"):
        load_audio(write(tmp_path / "f32.wav", y, 22050))


def test_only_the_stretch_is_read(tmp_path, music, write):
    y = music(3.0, 44100, 1)
    y[0, [100, 120_000]] = np.nan
    path = write(tmp_path / "f32.wav", y, 44100)
    assert np.array_equal(load_audio(path, 44100, 1.0, 1.0), y[0, 44100:88200])
    whole = write(tmp_path / "mp3.mp3", music(3.0), 44100)
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(whole.read_bytes()[:30_000])
    assert read(cut, duration=1.0)[1] == []
    assert read(cut)[1] != []
    cut.write_bytes(path.read_bytes()[:300_000])
    assert read(cut, offset=1.0, duration=0.5)[1] == []


def test_a_stretch_longer_than_the_file_is_said(files):
    y, notes = read(files["s16.wav"], offset=1.5, duration=3.0)
    assert len(y) == 11025
    assert notes == ["the file has 0.5 of the 3.0 s asked for."]


@pytest.mark.parametrize("name", ["s16.wav", "mp3.mp3", "aac.m4a"])
def test_an_offset_beyond_the_end_is_a_fault(name, files):
    with pytest.raises(AudioError, match=r"ends after 2\.0\d s, before the offset of 7 s"):
        load_audio(files[name], offset=7)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"offset": -1}, "the offset is -1 s; it must be 0 or more."),
        ({"offset": float("nan")}, "the offset is nan s; it must be 0 or more."),
        ({"duration": -2.5}, "the duration is -2.5 s; it must be more than 0."),
        ({"duration": 0}, "the duration is 0 s; it must be more than 0."),
    ],
)
def test_impossible_stretches_are_faults(kwargs, message, files):
    with pytest.raises(AudioError) as caught:
        load_audio(files["s16.wav"], **kwargs)
    assert str(caught.value) == message


def test_impossible_rates_and_blocks_are_wrong_use(files):
    with pytest.raises(ValueError, match="more than 0"):
        load_audio(files["s16.wav"], 0)
    with pytest.raises(ValueError, match="more than 0"):
        stream_audio(files["s16.wav"], block_seconds=0)


# Faults ----------------------------------------------------------------------------------------

SENTENCES = {
    "empty": "the file is empty (0 bytes).",
    "text": "the file holds text, not audio.",
    "noise": "the file is not audio in any format that can be read.",
    "zeros": "the file is not audio in any format that can be read.",
    "picture": "the file is not audio in any format that can be read.",
    "header_only": "the file has a header but no samples.",
    "garbage_after_header": (
        "the file begins like FLAC but nothing in it decodes: it is damaged or cut off."
    ),
    "no_index": "the file begins like MP4 but nothing in it decodes: it is damaged or cut off.",
    "video_without_sound": "the file is a video without sound.",
    "nan": ("the audio has samples that are NaN, infinite or absurdly large, the first at 0.23 s."),
    "infinite": (
        "the audio has samples that are NaN, infinite or absurdly large, the first at 0.23 s."
    ),
    "folder": "this is a folder, not an audio file.",
    "link": "this is a link to a file that does not exist.",
    "pipe": "this is a pipe, a socket or a device, not an audio file.",
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_each_broken_file_has_its_sentence(kind, broken, capfd):
    if kind not in broken:
        pytest.skip("this system has no such thing")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AudioError) as caught:
            load_audio(broken[kind])
    assert str(caught.value) == SENTENCES[kind]
    assert capfd.readouterr() == ("", "")


def test_every_kind_of_broken_file_has_a_sentence(broken):
    assert set(broken) <= set(SENTENCES)


def test_missing_files_and_impossible_paths(tmp_path, files):
    for path, message in (
        (tmp_path / "none.wav", "there is no such file."),
        (files["s16.wav"] / "below.wav", "the file cannot be read: Not a directory."),
        ("nul\0byte.wav", "the file cannot be read: .*null"),
    ):
        with pytest.raises(AudioError, match=message):
            load_audio(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_permission_denied(tmp_path, files):
    path = tmp_path / "secret.wav"
    path.write_bytes(files["s16.wav"].read_bytes())
    path.chmod(0)
    with pytest.raises(AudioError, match=r"the file cannot be read: permission denied\."):
        load_audio(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_is_never_opened():
    with pytest.raises(AudioError, match="a pipe, a socket or a device"):
        load_audio("/dev/zero")


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:2,\nmusic.mp3\n", "ffconcat version 1.0\nfile music.mp3\n"]
)
def test_a_playlist_is_text_and_is_not_followed(text, tmp_path, files):
    (tmp_path / "music.mp3").write_bytes(files["mp3.mp3"].read_bytes())
    for name in ("list.m3u8", "list.mp3"):
        (tmp_path / name).write_text(text)
        with pytest.raises(AudioError, match="text, not audio"):
            load_audio(tmp_path / name)


def test_a_program_that_decodes_here_and_there_is_no_audio(tmp_path, files):
    noise = np.random.default_rng(0).bytes(300_000)
    for size in (1500, 0):
        path = tmp_path / "program.mp3"
        path.write_bytes(files["mp3.mp3"].read_bytes()[:size] + noise)
        with pytest.raises(AudioError):
            load_audio(path)


@pytest.mark.parametrize("name", ["a:b.mp3", "http:x.mp3", "100%.mp3", "-", "[1].mp3", "ü ?.mp3"])
def test_any_name_will_do(name, tmp_path, files, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for source in ("mp3.mp3", "s16.wav"):
        Path(name).write_bytes(files[source].read_bytes())
        assert np.array_equal(load_audio(name), load_audio(files[source]))


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_no_unicode_will_do(tmp_path, files):
    for source in ("mp3.mp3", "s16.wav"):
        path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.bin")
        Path(path).write_bytes(files[source].read_bytes())
        assert np.array_equal(load_audio(path), load_audio(files[source]))


# Files that end early or are damaged -----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *["s16.wav", "s24.wav", "u8.wav", "f64.wav", "alaw.wav", "s16.rf64.wav", "s16.w64"],
        *["s16.aiff", "s24.aiff", "s16.au", "s16.flac", "s24.flac"],
        *["vorbis.ogg", "opus.opus", "opus.webm", "mp3.mp3", "aac.aac", "wmav2.wma"],
    ],
)
def test_a_file_that_was_cut_gives_what_decodes_and_says_so(name, long_files, tmp_path):
    rate = native_rate(name)
    whole, notes = read(long_files[name], rate)
    assert not notes
    content = long_files[name].read_bytes()
    cut = tmp_path / name
    cut.write_bytes(content[: len(content) * 6 // 10 + 7])
    y, notes = read(cut, rate)
    assert 0.4 * len(whole) < len(y) < 0.7 * len(whole)
    if name != "opus.webm":  # its decoder conceals the packet that was cut through
        assert np.array_equal(y[: len(y) - 2048], whole[: len(y) - 2048])
    assert len(notes) == 1
    assert "cut off" in notes[0]
    with pytest.warns(AudioWarning, match="cut off"):
        load_audio(cut, rate)


def test_the_lengths_of_a_cut_are_said(long_files, tmp_path):
    for name in ("s16.wav", "s16.aiff", "s16.flac"):
        content = long_files[name].read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
        y, notes = read(tmp_path / name)
        assert notes == [f"the file is cut off: it has {len(y) / 22050:.1f} of 5.0 s."]


def test_m4a_with_its_index_in_front_is_cut_as_others_are(tmp_path, music, encode):
    path = encode(
        tmp_path / "a.m4a",
        music(5.0),
        44100,
        container="ipod",
        codec="aac",
        movflags="faststart",
    )
    path.write_bytes(path.read_bytes()[:50_000])
    y, notes = read(path)
    assert 2.0 < len(y) / 22050 < 4.0
    assert notes == [f"the file is cut off: it has {len(y) / 22050:.1f} of 5.0 s."]


@pytest.mark.parametrize("name", ["s16.wav", "u8.wav", "s24.wav", "f64.wav"])
@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_header_without_a_true_length_is_no_cut(length, name, tmp_path, files):
    """Programs that write to a pipe leave such headers; the samples are all there."""
    content = bytearray(files[name].read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = struct.pack("<I", length)
    (tmp_path / "piped.wav").write_bytes(content)
    y, notes = read(tmp_path / "piped.wav")
    assert np.abs(y - load_audio(files[name])).max() < 1e-6
    assert not notes


@pytest.mark.parametrize("codec", ["libmp3lame", "adpcm_ima_wav"])
def test_a_wav_may_hold_compressed_sound(codec, tmp_path, music, encode):
    path = encode(tmp_path / "a.wav", music(2.0), 44100, container="wav", codec=codec)
    y, notes = read(path, 44100)
    assert likeness(y, music(2.0).mean(0)) > 0.98
    assert not notes


def test_a_stretch_in_a_gap_is_a_fault(tmp_path, long_files):
    """An Ogg file says in each page where it belongs, so pages that are lost are known."""
    pages = long_files["opus.opus"].read_bytes().split(b"OggS")[1:]
    ends = [struct.unpack_from("<q", page, 2)[0] / 48000 for page in pages]
    assert len(pages) > 4
    kept = [p for p, end in zip(pages, ends, strict=True) if not 1.5 < end < 4.5]
    path = tmp_path / "gap.opus"
    path.write_bytes(b"".join(b"OggS" + page for page in kept))
    with pytest.raises(AudioError, match="lies in a gap of the file"):
        load_audio(path, offset=2.6, duration=0.2)


def test_mp3_without_a_length_header_is_read_to_its_end(tmp_path, music, encode):
    """Readers that guess the length from the first bit rate believe in a far shorter file."""
    noise = 0.3 * np.random.default_rng(0).standard_normal((2, 11025))
    y = np.concatenate([noise.astype(np.float32), music(4.0)], axis=1)
    path = encode(
        tmp_path / "vbr.mp3",
        y,
        44100,
        container="mp3",
        codec="libmp3lame",
        quality=3,
        write_xing="0",
        id3v2_version="0",
    )
    z, notes = read(path, 44100)
    assert abs(len(z) - y.shape[1]) < 3 * 1152
    assert likeness(z[22050:], y.mean(0)[22050:]) > 0.99
    assert not notes


def test_a_guessed_length_is_no_promise(tmp_path, music, encode):
    """Loud behind soft: the length guessed from the first bit rates is far too long."""
    y = np.concatenate([np.zeros((2, 22050), np.float32), music(4.0)], axis=1)
    path = encode(
        tmp_path / "vbr.mp3",
        y,
        44100,
        container="mp3",
        codec="libmp3lame",
        quality=1,
        write_xing="0",
        id3v2_version="0",
    )
    tag = b"ID3\3\0\0\0\0\0\x2aTXXX\0\0\0\x20\0\0\0This is Info on an encoder     "
    content = path.read_bytes()
    for changed in (content, tag + content, content + b"LYRICSBEGIN" + b"la la la " * 300):
        path.write_bytes(changed)
        z, notes = read(path)
        assert len(z) / 22050 == pytest.approx(4.5, abs=0.1)
        assert not notes


def test_tags_pictures_and_tails_around_an_mp3_do_not_matter(files, tmp_path):
    content = files["mp3.mp3"].read_bytes()
    expected = load_audio(files["mp3.mp3"])
    body = b"TIT2" + struct.pack(">IH", 6, 0) + b"\0Title"
    picture = b"APIC" + struct.pack(">IH", 40_014, 0) + b"\0image/png\0\3\0" + bytes(40_001)
    size = len(body) + len(picture)
    sync_safe = bytes((size >> shift) & 127 for shift in (21, 14, 7, 0))
    tagged = b"ID3\3\0\0" + sync_safe + body + picture + content
    id3v1 = b"TAG" + bytes(125)
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 1 << 31) + bytes(8)
    words = b"LYRICSBEGIN" + b"la la la " * 300 + b"LYRICS200"
    tails = (id3v1, ape, words + id3v1)
    for k, changed in enumerate((tagged, *(content + t for t in tails), tagged + words)):
        path = tmp_path / f"{k}.mp3"
        path.write_bytes(changed)
        y, notes = read(path)
        assert np.array_equal(y[: len(expected) - 100], expected[:-100])  # the padding may stay
        assert 0 <= len(y) - len(expected) < 1152
        assert not notes


def test_reading_goes_on_behind_a_damaged_place(long_files, tmp_path, capfd):
    content = long_files["mp3.mp3"].read_bytes()
    middle = len(content) // 2
    noise = np.random.default_rng(5).bytes(3000)
    (tmp_path / "hole.mp3").write_bytes(content[:middle] + noise + content[middle + 3000 :])
    y, notes = read(tmp_path / "hole.mp3", 44100)
    assert 4.5 < len(y) / 44100 < 4.98
    assert any("damaged" in note for note in notes)
    whole = load_audio(long_files["mp3.mp3"], 44100)
    behind = whole[-60_000:-20_000]
    at = np.argmax(scipy.signal.correlate(y, behind, mode="valid", method="fft"))
    assert np.array_equal(y[at : at + len(behind)], behind)
    assert capfd.readouterr() == ("", "")


def test_reading_gives_up_on_noise_without_end(long_files, tmp_path):
    """A wrong file of some gigabytes must not take minutes."""
    content = long_files["mp3.mp3"].read_bytes()
    noise = np.random.default_rng(5).bytes(2_500_000)
    (tmp_path / "noise.mp3").write_bytes(content[:1500] + noise + 5 * content)
    with pytest.raises(AudioError, match=r"damaged or no audio: only \d+ of \d+ pieces decode\."):
        load_audio(tmp_path / "noise.mp3")


@pytest.mark.parametrize(("rate", "channels"), [(22050, 1), (44100, 1), (44100, 2)])
def test_two_files_in_one_are_read_on_in_another_form(rate, channels, tmp_path, music, write):
    first = write(tmp_path / "mp3.mp3", music(2.0, 44100, 2), 44100).read_bytes()
    second = write(tmp_path / "mp3.mp3", music(2.0, rate, channels), rate).read_bytes()
    (tmp_path / "both.mp3").write_bytes(first + second)
    y, notes = read(tmp_path / "both.mp3")
    assert len(y) / 22050 == pytest.approx(4.0, abs=0.15)
    assert len(read(tmp_path / "both.mp3", duration=3.0)[0]) == pytest.approx(3 * 22050, abs=2)
    assert len(read(tmp_path / "both.mp3", offset=2.9)[0]) / 22050 == pytest.approx(1.1, abs=0.15)
    said = [n for n in notes if n.startswith("the sample rate changes from 44100 to 22050 Hz at 2")]
    assert len(said) == (rate == 22050)
    assert likeness(y[:44100], music(2.0, 22050, 2).mean(0)) > 0.9
    assert likeness(y[-44100:], music(2.0, 22050, channels).mean(0)) > 0.9


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_damaged_gives_sound_or_one_sentence(data, files, tmp_path_factory):
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name].read_bytes())
    end = data.draw(st.integers(1, len(content)))
    near_the_header = st.integers(0, min(800, end - 1))
    for place in data.draw(st.lists(near_the_header | st.integers(0, end - 1), max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content[:end])
    try:
        y, notes = read(path)
    except AudioError as error:
        sentences = [str(error)]
    else:
        assert np.isfinite(y).all()
        assert len(y)
        sentences = notes
    for sentence in sentences:
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert str(path) not in sentence


# Real music ------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("pattern", ["emotify/*/*1.mp3", "gtzan_mini/*/*.flac"])
def test_real_music_is_read_as_librosa_reads_it(pattern, data_root):
    paths = sorted(data_root.glob(pattern))[::5]
    assert paths
    for path in paths:
        y, notes = read(path)
        expected, _ = librosa.load(path, sr=22050)
        assert not notes
        assert y.shape == expected.shape
        assert np.abs(y - expected).max() < 2e-5
