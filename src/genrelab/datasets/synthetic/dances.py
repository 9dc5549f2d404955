"""Eight ballroom dances: metre, tempo, and what each instrument plays.

Tempo ranges are those of the dances as danced in competitions, a little wider. A pattern is a
string with four characters a beat (blanks are for the eye); it may be one bar long or several.

- drums: ``X`` accent, ``x`` stroke, ``o`` soft stroke, ``.`` nothing;
- bass: ``1 3 5 6 8`` that degree of the chord, ``a`` a half-tone below the next chord's root;
- chords: ``X`` accent, ``x`` short, ``h`` held until the next stroke;
- melody: ``n`` a new note, ``-`` the note goes on, ``.`` rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS_PER_BEAT = 4


@dataclass(frozen=True)
class Dance:
    """What makes a dance.

    Parameters
    ----------
    name
        The label.
    beats
        Beats in a bar.
    tempo
        Slowest and fastest, in beats a minute.
    swing
        Where in the beat its second half starts, in twelfths: 6 is straight, 8 is swung.
    minor
        Percent of tracks in minor.
    drums
        Ways to play it: each gives the patterns of the voices of a drum kit.
    bass, chords, melody
        Patterns to choose from.
    progressions
        Chords, one a bar, as degrees of the scale.
    basses, comps, leads
        Instruments that are usual in each role.
    drummer, pad
        Percent of bands that have drums, and that have held chords in the background.
    """

    name: str
    beats: int
    tempo: tuple[int, int]
    drums: tuple[dict[str, str], ...]
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    melody: tuple[str, ...]
    progressions: tuple[tuple[int, ...], ...]
    basses: tuple[str, ...]
    comps: tuple[str, ...]
    leads: tuple[str, ...]
    swing: int = 6
    minor: int = 30
    drummer: int = 100
    pad: int = 30
    slug: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slug", self.name.replace(" ", "-"))


CHA_CHA_CHA = Dance(
    name="cha-cha-cha",
    beats=4,
    tempo=(114, 130),
    minor=50,
    drums=(
        {
            "conga high": ".... X... .... ....",
            "conga low": ".... .... .... x.x.",
            "cowbell": "X... x... X... x...",
            "guiro": "X... x.x. X... x.x.",
            "kick": "x... .... x... ....",
        },
        {
            "conga high": "..o. X.o. ..o. ....",
            "conga low": ".... .... .... x.x.",
            "cowbell": "X... x... X... x...",
            "claves": "X... ..x. .... x... .... x... x... ....",
            "kick": "x... .... x... ....",
            "rim": ".... x... .... x.x.",
        },
        {
            "guiro": "X... x.x. X... x.x.",
            "maracas": "x.x. x.x. x.x. x.x.",
            "conga low": ".... .... .... x.x.",
            "snare": ".... .... .... x.X.",
            "kick": "x... .... x... ....",
        },
    ),
    bass=("1... ..5. .... 8.a.", "1... ..5. 8... ..5.", "1... .... 5... 5.8."),
    chords=("x.x. .x.x .x.x .x.x", "..x. X... ..x. X.x.", "X... ..x. ..x. ..x."),
    melody=(
        "n-.n -.n- .n-. n-n-",
        "..n- n-n- n--- ....",
        "n.n. n--- ..n. n.n.",
        "n--- --n- n-n- ....",
    ),
    progressions=((1, 1, 5, 5), (1, 4, 5, 4), (1, 6, 2, 5), (1, 5, 5, 1)),
    basses=("upright bass", "electric bass"),
    comps=("piano", "vibraphone"),
    leads=("trumpet", "flute", "vibraphone"),
    pad=10,
)

JIVE = Dance(
    name="jive",
    beats=4,
    tempo=(158, 178),
    swing=8,
    minor=10,
    drums=(
        {
            "ride": "X... x.x. X... x.x.",
            "snare": ".... X... .... X...",
            "kick": "x... .... x... ....",
            "hat": ".... x... .... x...",
        },
        {
            "ride": "x.x. X.x. x.x. X.x.",
            "snare": ".... X... .... X.o.",
            "kick": "X... ..x. x... ....",
        },
        {
            "ride": "X.x. x.x. X.x. x.x.",
            "clap": ".... X... .... X...",
            "snare": ".... x... .... x...",
            "kick": "X... x... X... x...",
        },
    ),
    bass=(
        "1... 3... 5... 6...",
        "1... 1... 5... 6...",
        "1... 3... 5... 3... 1... 3... 5... a...",
    ),
    chords=(".... X... .... X...", "..x. ..x. ..x. ..x.", "x.x. x.x. x.x. x.x."),
    melody=(
        "n.n. n.n- --n. n...",
        "n-n. n-n. n-n- ....",
        "..n. n.n. n--- ....",
        "n--- n.n. n.n. n...",
    ),
    progressions=((1, 1, 1, 1, 4, 4, 1, 1, 5, 4, 1, 5), (1, 6, 4, 5), (1, 4, 1, 5)),
    basses=("upright bass", "electric bass"),
    comps=("electric guitar", "piano"),
    leads=("saxophone", "electric guitar"),
    pad=10,
)

QUICKSTEP = Dance(
    name="quickstep",
    beats=4,
    tempo=(192, 208),
    swing=8,
    minor=15,
    drums=(
        {
            "hat": ".... x... .... x...",
            "brush": "x... x.x. x... x.x.",
            "kick": "x... o... x... o...",
        },
        {
            "brush": "X... x.x. X... x.x.",
            "hat": ".... x... .... x...",
            "rim": ".... .... .... o...",
            "kick": "x... .... x... ....",
        },
        {
            "brush": "x... X... x... X...",
            "woodblock": "x... x.x. x... ....",
            "kick": "x... .... x... ....",
        },
    ),
    bass=("1... .... 5... ....", "1... .... 5... .... 1... 3... 5... a...", "1... 5... 1... 5..."),
    chords=(".... x... .... x...", "x... x... x... x...", "X... ..x. .... x..."),
    melody=(
        "n--- n--- n-n- n---",
        "n-n- n--- ..n- n---",
        "n--- --n- --n- n-..",
        "n--- ---- n--- n---",
    ),
    progressions=((1, 6, 2, 5), (1, 1, 2, 5), (1, 4, 2, 5), (3, 6, 2, 5)),
    basses=("upright bass", "tuba"),
    comps=("piano", "brass section"),
    leads=("clarinet", "brass section"),
    pad=10,
)

RUMBA = Dance(
    name="rumba",
    beats=4,
    tempo=(94, 108),
    minor=60,
    drums=(
        {
            "maracas": "x.o. x.o. x.o. x.o.",
            "claves": "X... ..x. .... x... .... x... x... ....",
            "conga high": ".... x... .... ....",
            "conga low": ".... .... .... o.o.",
        },
        {
            "bongo": "X.x. x.x. X.x. x.x.",
            "maracas": "x.x. x.x. x.x. x.x.",
            "conga low": "x... ..x. .... x.x.",
        },
        {
            "rim": "x... ..x. .... x...",
            "shaker": "x.o. x.o. x.o. x.o.",
            "kick": "x... ..o. x... ....",
            "conga high": ".... x... .... x.o.",
        },
    ),
    bass=("1... ..5. 8... ....", "1... ..1. 5... ....", "1... .... 5... ..a."),
    chords=("x.x. x.x. x.x. x.x.", "h... ..x. ..h. ..x.", "..x. ..x. ..x. ..x."),
    melody=(
        "n--- ---- n-n- n---",
        "n--- n-n- n--- ----",
        "..n- n--- --n- n---",
        "n--- ---- ---- ....",
    ),
    progressions=((1, 6, 2, 5), (1, 4, 5, 1), (6, 2, 5, 1), (1, 7, 6, 5)),
    basses=("upright bass", "electric bass"),
    comps=("nylon guitar",),
    leads=("flute", "nylon guitar", "saxophone"),
    pad=20,
)

SAMBA = Dance(
    name="samba",
    beats=2,
    tempo=(98, 106),
    minor=30,
    drums=(
        {
            "surdo": "o... X...",
            "tamborim": "x.x. xx.x .x.x .xx.",
            "tambourine": "XooX XooX",
            "snare": "Xoox Xoox",
        },
        {
            "surdo": "o... X..x",
            "agogo": "X.x. xx.x .x.x .x..",
            "tambourine": "XoxX XoxX",
            "shaker": "xoox xoox",
        },
        {
            "surdo": "o... X...",
            "tambourine": "XoxX XoxX",
            "snare": "xooX ooxo xoXo oXoo",
            "whistle": "x... .... .... .... .... .... .... ....",
            "kick": "x..x x..x",
        },
    ),
    bass=("1..5 5..1", "1..1 5..5", "1... 5..a"),
    chords=("x.x. xx.x .x.x .xx.", ".x.x .x.x", "X..x ..x. .x.. x.x."),
    melody=(
        "n.nn .n.n -n.n -n..",
        "n-.n -.n- nn.n -...",
        ".nnn n.n- n-.. ....",
        "n--n --n- n--- ....",
    ),
    progressions=((1, 1, 2, 5), (1, 6, 2, 5), (1, 2, 5, 1), (4, 5, 3, 6)),
    basses=("electric bass", "upright bass"),
    comps=("steel guitar",),
    leads=("flute", "steel guitar", "brass section"),
    pad=15,
)

TANGO = Dance(
    name="tango",
    beats=4,
    tempo=(120, 134),
    minor=85,
    drummer=25,
    drums=(
        {"snare": "x... x... x... x.xx"},
        {"snare": "X... o... x... o.oo", "kick": "x... .... x... ...."},
        {"woodblock": "x... x... x... x...", "rim": ".... .... .... ..xx"},
    ),
    bass=("1... 1... 1... 1...", "1... .... 5... ..a.", "1... ..1. 5... 5..."),
    chords=("X... x... X... x...", "X.x. x... X.x. x...", "X... ..X. ..x. X..."),
    melody=(
        "n--- n.n. n--- n.n.",
        "n--- ---- n.n. n.n.",
        "n.n. n.n. n--- ....",
        "..n. n.n. n--- n---",
    ),
    progressions=((1, 1, 5, 5), (1, 4, 5, 1), (1, 4, 1, 5), (6, 2, 5, 1)),
    basses=("upright bass", "piano"),
    comps=("accordion",),
    leads=("solo violin", "accordion"),
    pad=10,
)

SLOW_WALTZ = Dance(
    name="slow waltz",
    beats=3,
    tempo=(83, 92),
    minor=25,
    drummer=20,
    drums=(
        {"brush": "x... x... x...", "kick": "x... .... ...."},
        {"hat": ".... x... x...", "kick": "x... .... ...."},
        {"ride": "x... x.x. x...", "rim": ".... .... x...", "kick": "x... .... ...."},
    ),
    bass=("1... .... ....", "1... .... .... 5... .... ....", "1... .... ..a."),
    chords=(".... x... x...", "h... .... ....", ".... x.x. x.x.", "x.x. x.x. x.x."),
    melody=(
        "n--- ---- n---",
        "n--- ---- ----",
        "n--- n--- n-n-",
        "..n- n-n- n---",
    ),
    progressions=((1, 6, 2, 5), (1, 3, 4, 5), (1, 5, 6, 4), (1, 4, 2, 5)),
    basses=("upright bass", "electric bass"),
    comps=("piano",),
    leads=("strings", "solo violin"),
    pad=100,
)

VIENNESE_WALTZ = Dance(
    name="viennese waltz",
    beats=3,
    tempo=(170, 184),
    minor=25,
    drummer=85,
    drums=(
        {"kick": "x... .... ....", "snare": ".... o... o..."},
        {"triangle": "x... .... ....", "snare": ".... x... x..."},
        {"kick": "X... .... ....", "hat": ".... x... x..."},
    ),
    bass=("1... .... .... 5... .... ....", "1... .... ...."),
    chords=(".... x... x...", ".... X... x..."),
    melody=(
        "n--- ---- n---",
        "n--- n--- n---",
        "n--- ---- ----",
        "n-n- n-n- n-n-",
    ),
    progressions=((1, 1, 5, 5), (1, 1, 4, 5), (1, 6, 2, 5), (5, 5, 1, 1)),
    basses=("upright bass", "tuba"),
    comps=("strings", "brass section"),
    leads=("strings", "flute", "clarinet"),
    pad=20,
)

DANCES: tuple[Dance, ...] = (
    CHA_CHA_CHA,
    JIVE,
    QUICKSTEP,
    RUMBA,
    SAMBA,
    SLOW_WALTZ,
    TANGO,
    VIENNESE_WALTZ,
)


def steps(pattern: str) -> str:
    """Return a pattern without the blanks."""
    return pattern.replace(" ", "")
