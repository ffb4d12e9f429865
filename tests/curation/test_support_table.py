from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation import support, support_table

KNOWN = {name: support.Interval(0.5, 0.25, 0.75) for name in support.NAMES}
ROWS = [support.Row("", "", 8, 9, KNOWN, {"fid": 81.5, "kid": 0.125}), support.Row("type", "bowl", 1, 2, {})]


def test_support_is_written_with_its_bounds_and_read_again(tmp_path: Path) -> None:
    assert support_table.read(tmp_path, "Mend it.") == []
    support_table.write(tmp_path, ROWS)
    header, whole, bowl = (tmp_path / "support.csv").read_text().splitlines()
    assert header.startswith("task,class,images,photographs,kid,kid_low,kid_high,precision,")
    assert whole == ",,8,9" + ",0.500000,0.250000,0.750000" * 5 + ",81.500000,0.125000"
    assert bowl == "type,bowl,1,2" + "," * 17
    assert support_table.read(tmp_path, "Mend it.") == ROWS


@pytest.mark.parametrize("change", [("0.250000", "low"), (",8,", ",eight,"), ("kid_low", "kid_bottom")])
def test_a_damaged_table_is_told(tmp_path: Path, change: tuple[str, str]) -> None:
    support_table.write(tmp_path, ROWS)
    path = tmp_path / "support.csv"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(UserError, match="Mend it"):
        support_table.read(tmp_path, "Mend it.")
