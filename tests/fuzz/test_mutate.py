from __future__ import annotations

import hashlib

import pytest

from fuzz.mutate import mutated
from fuzz.seeds import Seed, all_seeds


@pytest.fixture(scope="module")
def seeds() -> tuple[Seed, ...]:
    return all_seeds(with_real=False)


def test_seeds_cover_every_form_that_is_read(seeds: tuple[Seed, ...]) -> None:
    from preprocess.sniff import sniff

    forms = {sniff(seed.data).form for seed in seeds}
    stills = {"jpeg", "png", "gif", "webp", "avif", "heif", "bmp", "tiff"}
    clips = {"mp4", "mov", "3gp", "avi", "flv", "matroska", "webm", "mpegts"}
    assert forms == stills | clips


def test_the_same_number_gives_the_same_bytes(seeds: tuple[Seed, ...]) -> None:
    for number in range(20):
        assert mutated(seeds, 1, number) == mutated(seeds, 1, number)


def test_another_number_or_seed_gives_other_bytes(seeds: tuple[Seed, ...]) -> None:
    digests = {
        hashlib.sha256(mutated(seeds, seed, number)[1]).digest()
        for seed in (1, 2)
        for number in range(50)
    }
    assert len(digests) > 95


def test_most_mutations_change_the_file(seeds: tuple[Seed, ...]) -> None:
    originals = {seed.data for seed in seeds}
    unchanged = sum(mutated(seeds, 3, number)[1] in originals for number in range(200))
    assert unchanged < 10
