from genrelab import protocols


def test_every_protocol_says_what_it_measures_and_how_it_can_flatter(genrelab):
    done = genrelab("protocols")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[::4] == protocols.names()
    assert all(line.startswith("    measures: ") for line in lines[1::4])
    assert all(line.startswith("    can flatter: ") for line in lines[2::4])
    at = lines.index("heakl2022")
    assert "best of ten folds" in lines[at + 2]
    assert lines[lines.index("predefined") + 3] == (
        "    parameters: column, validation=0.1, repeats=1, seed=0, group=None"
    )
    assert "{" not in done.stdout.decode()
