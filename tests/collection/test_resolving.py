import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.collection import resolving
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings, composition
from tests.collection.conftest import REPOSITORY

TABLE = """名称,时代,分类,窑口
青花缠枝莲纹梅瓶,明永乐,釉下彩,景德镇窑
定窑白釉刻花碗,北宋,颜色釉,未知
青釉罐,明末清初,颜色釉,不存在窑
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "表.csv"
    path.write_bytes(TABLE.encode("gb18030"))
    return path


def test_a_column_a_task(table: Path, settings: CollectionSettings) -> None:
    settings = settings.model_copy(update={"tasks": ("dynasty", "glaze", "kiln", "type")})
    resolved = resolving.resolve(table, settings)
    file = io.StringIO()
    resolving.write(resolved, file)
    rows = list(csv.reader(io.StringIO(file.getvalue())))
    assert rows == [
        ["名称", "时代", "分类", "窑口", *(f"{task}{end}" for task in settings.tasks for end in ("_id", "_sure"))],
        [
            "青花缠枝莲纹梅瓶",
            "明永乐",
            "釉下彩",
            "景德镇窑",
            "ming",
            "1",
            "blue-and-white",
            "1",
            "jingdezhen",
            "1",
            "meiping",
            "1",
        ],
        ["定窑白釉刻花碗", "北宋", "颜色釉", "未知", "song", "1", "white", "1", "ding", "1", "bowl", "1"],
        ["青釉罐", "明末清初", "颜色釉", "不存在窑", "", "", "celadon", "1", "", "", "jar", "1"],
    ]
    said = resolving.report(resolved)
    assert "dynasty: '明末清初' (1 times) names more than one, they are: ming, qing" in said
    assert "kiln: '不存在窑' (1 times) not known" in said


def test_the_command(table: Path, settings: CollectionSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table.parent)
    Path("params.yaml").write_text(composition.compose([], REPOSITORY / "conf")[0], encoding="utf-8")
    before = table.read_bytes()
    arguments = ["resolve", table.name, "--task", "dynasty", "--vocabulary", str(settings.vocabulary)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].endswith(",ming,1")
    assert "明末清初" in result.stderr
    assert table.read_bytes() == before


def test_a_table_that_says_nothing_on_the_tasks(tmp_path: Path, settings: CollectionSettings) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no column for any of dynasty, type"):
        resolving.resolve(tmp_path / "t.csv", settings)
