import hashlib

from kilnmix.common.seeds import derive, rng


def test_a_seed_follows_from_what_it_is_for() -> None:
    digest = hashlib.sha256(b"7\x1fpool\x1f0\x1f3").digest()
    assert derive(7, "pool", 0, 3) == int.from_bytes(digest[:8], "big") // 2
    assert derive(7, "pool", 0, 3) < 2**63
    assert derive(7, "a", "bc") != derive(7, "ab", "c")
    assert rng(7, "pool").integers(1000) == rng(7, "pool").integers(1000)
