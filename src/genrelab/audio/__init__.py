"""Any audio file to mono float32 at a sample rate: whole, a stretch of it, or block by block."""

from __future__ import annotations

from genrelab.audio.stream import AudioStream, AudioWarning, load_audio, stream_audio

__all__ = ["AudioStream", "AudioWarning", "load_audio", "stream_audio"]
