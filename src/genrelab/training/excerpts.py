"""Every track of a data set cut to the stretch that a recipe's segmentation takes.

What was found is kept beside the feature cache, one small file an audio content and rule, so that a
library is segmented once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from genrelab.errors import AudioError, FeatureError, SegmentationError
from genrelab.features.cache import Progress, default_root
from genrelab.features.memo import ContentMemo, digest_of
from genrelab.features.partial import write_file
from genrelab.segmentation.excerpt import Excerpt
from genrelab.track import Track

#: Part of every key: raise it when the same audio and parameters give another stretch than before.
GENERATION = 2


@dataclass(frozen=True)
class _Keeper:
    folder: Path
    scratch: Path
    memo: ContentMemo
    excerpt: Excerpt

    def cut(self, track: Track) -> Track:
        """Return the track cut to its stretch; as it is where it cannot be read.

        Whoever computes its features meets the same fault and says so.
        """
        if track.path is None:
            return track
        try:
            content = self.memo.digest(track.path)
        except OSError:
            return track
        key = digest_of(GENERATION, content, track.offset, track.duration, self.excerpt.to_dict())
        path = self.folder / key[:2] / f"{key}.json"
        if path.exists():
            offset, duration = json.loads(path.read_text(encoding="ascii"))
            return replace(track, offset=offset, duration=duration)
        try:
            found = self.excerpt.choose(track.path, offset=track.offset, duration=track.duration)
        except AudioError:
            return track
        except SegmentationError as error:
            raise SegmentationError(f"{track.id}: {error}") from error
        told = json.dumps([found.offset, found.duration]).encode("ascii")
        write_file(path, (told,), scratch=self.scratch)
        return replace(track, offset=found.offset, duration=found.duration)


def cut_tracks(
    tracks: Sequence[Track],
    excerpt: Excerpt,
    *,
    cache: str | Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Track]:
    """Return the tracks, each with the offset and duration of the stretch that is taken of it.

    Parameters
    ----------
    tracks
        In any order; those that cannot be read stay as they are.
    excerpt
        The rule.
    cache
        Folder of the feature cache.
    workers
        Threads.
    progress
        Called with the number of tracks done and of all.

    Raises
    ------
    FeatureError
        The cache cannot be written.
    SegmentationError
        A track, which the sentence names, cannot be segmented with these settings.
    """
    root = default_root() if cache is None else Path(cache)
    cut: list[Track] = []
    try:
        for name in ("excerpts", "scratch"):
            (root / name).mkdir(parents=True, exist_ok=True)
        memo = ContentMemo(root / "hashes.jsonl")
        keeper = _Keeper(root / "excerpts", root / "scratch", memo, excerpt)
        with ThreadPoolExecutor(workers, thread_name_prefix="genrelab-excerpts") as pool:
            for track in pool.map(keeper.cut, tracks):
                cut.append(track)
                if progress is not None:
                    progress(len(cut), len(tracks))
    except OSError as error:
        raise FeatureError(
            f"{root}: the feature cache cannot be used ({error.strerror or error}); "
            "name another folder in GENRELAB_CACHE."
        ) from error
    return cut
