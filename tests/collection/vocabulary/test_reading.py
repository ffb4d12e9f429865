"""What cells and titles are taken to mean, in the repository's vocabulary."""

import pytest

from kilnmix.collection.vocabulary import reading
from kilnmix.collection.vocabulary.field import Reading
from kilnmix.collection.vocabulary.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("task", "written", "id_", "finer"),
    [
        ("dynasty", "宋", "song", ""),
        ("dynasty", "北宋", "song", "northern-song"),
        ("dynasty", "Northern Song dynasty (960–1127)", "song", "northern-song"),
        ("dynasty", "SONG", "song", ""),
        ("dynasty", "清乾隆", "qing", "qianlong"),
        ("dynasty", "大清康熙年製", "qing", "kangxi"),
        ("dynasty", "Ch'ing dynasty, K'ang-hsi period", "qing", "kangxi"),
        ("dynasty", "明代宣德年间", "ming", "xuande"),
        ("dynasty", "xuande", "ming", "xuande"),
        ("dynasty", "晋", "jin", ""),
        ("dynasty", "金", "jurchen-jin", ""),
        ("dynasty", "Jin dynasty (1115–1234)", "jurchen-jin", ""),
        ("dynasty", "Jin dynasty (265-420)", "jin", ""),
        ("dynasty", "北齊", "northern-and-southern", "northern-qi"),
        ("dynasty", "18th century", "qing", ""),
        ("dynasty", "康熙元年", "qing", "kangxi"),
        ("dynasty", "公元618-907年", "tang", ""),
        ("dynasty", "Qing dynasty (1644–1911), Qianlong mark and period (1736–95)", "qing", "qianlong"),
        ("dynasty", "十八世纪", "qing", ""),
        ("dynasty", "十五至十六世纪", "ming", ""),
        ("dynasty", "late 14th century", "ming", ""),
        ("dynasty", "18世纪晚期", "qing", ""),
        ("dynasty", "Republican", "republic", ""),
        ("dynasty", "洪憲", "republic", ""),
        ("dynasty", "Chia Ching", "ming", "jiajing"),
        ("dynasty", "Chia-ch’ing", "qing", "jiaqing"),
        ("dynasty", "Hsüan-tê", "ming", "xuande"),
        ("dynasty", "960-1279", "song", ""),
        ("dynasty", "清仿宣德", "qing", ""),
        ("dynasty", "現代", "modern", ""),
        ("dynasty", "Jin dynasty, 3rd century", "jin", ""),
        ("glaze", "White porcelain painted in iron-red and gold", "iron-red", ""),
        ("kiln", "四川邛崃", "qiong", ""),
        ("kiln", "汝州", "ru", ""),
        ("kiln", "遼寧江官屯", "jiangguantun", ""),
        ("kiln", "當陽峪窯", "dangyangyu", ""),
        ("kiln", "Beijing palace workshop", "palace-workshops", ""),
        ("type", "耀州窯青釉刻花牡丹紋執壺", "ewer", ""),
        ("type", "Vase (meiping) with cloud collar", "meiping", ""),
        ("type", "Jar (hu) with lid", "jar", ""),
        ("type", "“体和殿制”款青花花卉纹花盆、盆托", "flowerpot", ""),
        ("type", "Plum bottle", "meiping", ""),
        ("glaze", "copper red", "copper-red", ""),
        ("glaze", "Porcelain with copper-red glaze", "red", ""),
        ("glaze", "qingci", "celadon", ""),
        ("glaze", "su-san-ts'ai", "su-sancai", ""),
        ("glaze", "Yaozhou ware, olive-green glaze", "celadon", ""),
        ("glaze", "Guan ware, stoneware with crackled blue-gray glaze", "guan", ""),
        ("glaze", "crackled", "ge", ""),
        ("kiln", "邛崍窯", "qiong", ""),
        ("kiln", "景德镇官窑", "jingdezhen", "imperial-kiln"),
        ("kiln", "景德鎮窯", "jingdezhen", ""),
        ("kiln", "Ching-te-chen", "jingdezhen", ""),
        ("kiln", "longquanyao", "longquan", ""),
        ("kiln", "越窑系", "yue", ""),
        ("kiln", "景德镇窑仿龙泉窑", "jingdezhen", ""),
        ("kiln", "Ding ware", "ding", ""),
        ("kiln", "磁州窑", "cizhou", ""),
        ("type", "青花缠枝莲纹玉壶春瓶", "pear-vase", ""),
        ("type", "白釉鶴鹿仙人雕像", "figure", ""),
        ("type", "景德镇窑青白釉刻花注壶、温碗", "ewer", ""),
        ("type", "粉彩赛龙、凤舟图盘", "plate", ""),
        ("type", "黄地粉彩芭蕉花卉纹圆花盆、盆托", "flowerpot", ""),
        ("type", "钧窑天蓝釉渣斗式花盆（口磨）", "flowerpot", ""),
        ("type", "红釉刻花云龙纹梨形壶 明永乐", "ewer", "pear-shaped-ewer"),
        ("type", "龙泉窑青釉执壶连盖", "ewer", ""),
        ("type", "宜兴窑匋斋款紫砂扁壶", "teapot", ""),
        ("type", "青花海水白龙纹扁壶", "flask", ""),
        ("type", "白釉围棋盘", "game-board", ""),
        ("type", "Dish with bowl-shaped well", "dish", ""),
        ("type", "Bowls", "bowl", ""),
        ("type", "Tea bowl", "tea-bowl", ""),
        ("type", "Bowl-shaped incense burner", "censer", ""),
        ("type", "Gourd-shaped vase", "gourd-vase", ""),
        ("type", "扒村窑白地黑花盆", "basin", ""),
        ("type", "青花花盆", "flowerpot", ""),
        ("type", "青釉刻花雙繫罐", "jar", ""),
        ("type", "Vase in the shape of a bottle", "vase", ""),
        ("glaze", "青釉褐彩", "celadon", ""),
        ("glaze", "黄地粉彩梅鹊纹碗", "famille-rose", ""),
        ("glaze", "青花釉里红", "blue-and-red", ""),
        ("glaze", "钧窑天蓝釉碗", "jun", ""),
        ("glaze", "白釉剔花", "carved-slip", ""),
        ("glaze", "Porcelain painted in underglaze cobalt blue (Jingdezhen ware)", "blue-and-white", ""),
        ("glaze", "Stoneware with celadon glaze", "celadon", ""),
        ("glaze", "甜白", "white", "sweet-white"),
        ("glaze", "Porcelain painted in underglaze blue and enamels (doucai ware)", "doucai", ""),
        ("glaze", "three-colour lead glazes", "sancai", ""),
        ("glaze", "霽青描金游魚轉心瓶", "blue", "sacrificial-blue"),
        ("glaze", "lü you", "green", ""),
        ("glaze", "lüyou", "green", ""),
    ],
)
def test_what_people_write(words: Vocabulary, task: str, written: str, id_: str, finer: str) -> None:
    found = reading.read(words.field(task), written)
    assert (found.id, found.finer) == (id_, finer), found


@pytest.mark.parametrize("written", ["", "未知", "不详", "unknown", "-", "?", "N/A", " 無 "])
def test_entries_that_say_nothing(words: Vocabulary, written: str) -> None:
    assert reading.read(words.field("dynasty"), written).how == "missing"


def test_two_dynasties_are_not_one(words: Vocabulary) -> None:
    found = reading.read(words.field("dynasty"), "明末清初")
    assert found == Reading("", "ambiguous", candidates=("ming", "qing"))
    assert reading.read(words.field("dynasty"), "Jin").how == "ambiguous"
    assert not reading.read(words.field("dynasty"), "13th century").resolved  # four fifths Song, the rest Yuan
    assert not reading.read(words.field("dynasty"), "17th-18th century").resolved
    assert reading.read(words.field("dynasty"), "jin").id == "jin"  # the id itself


@pytest.mark.parametrize(
    "written",
    ["Edo period, 18th century", "Vietnam, 15th century", "明治时代", "Ming style", "仿宋", "Song or later",
     "清末民初", "Ming dynasty, 19th-20th century", "Chia-ching (1796-1820)"],
)  # fmt: skip
def test_what_names_no_one_period_is_not_resolved(words: Vocabulary, written: str) -> None:
    assert not reading.read(words.field("dynasty"), written).resolved


def test_unknown_entries_name_what_comes_nearest(words: Vocabulary) -> None:
    assert reading.read(words.field("kiln"), "釉陶").how == "unknown"
    assert reading.read(words.field("glaze"), "兰釉").candidates[0] == "blue"  # sounds as 蓝釉
    assert reading.read(words.field("kiln"), "Longqan").candidates[0] == "longquan"


def test_a_title_adds_what_a_cell_lacks(words: Vocabulary) -> None:
    kiln, glaze, form = words.field("kiln"), words.field("glaze"), words.field("type")
    assert reading.read_both(kiln, "未知", "越窑秘色瓷八棱净瓶") == Reading("yue", "title")
    assert reading.read_both(kiln, "未知", "仿定窑白釉花觚").how == "missing"
    assert reading.read_both(glaze, "釉下彩", "青花缠枝莲纹盘", shared=True).id == "blue-and-white"
    assert reading.read_both(glaze, "三彩", "黄紫釉双系壶", shared=True).id == "sancai"
    assert reading.read_both(glaze, "celadon", "青花盘").id == "celadon"  # a column of its own is not gainsaid
    assert reading.read_both(form, "vase", "白釉梅瓶").id == "meiping"  # a title may be more exact
    assert reading.read_both(form, "bowl", "白釉梅瓶").id == "bowl"


def test_a_dynasty_is_read_from_a_title_only_where_it_stands_apart(words: Vocabulary) -> None:
    dynasty = words.field("dynasty")
    assert reading.read_title(dynasty, "红釉刻花云龙纹梨形壶 明永乐").id == "ming"
    assert reading.read_title(dynasty, "铁画唐草纹碗").how == "missing"
    assert reading.read_title(dynasty, "仿官釉墨彩唐英款水丞").how == "missing"
    assert reading.read_title(dynasty, "乾隆款斗彩葫芦瓶").how == "missing"


def test_a_task_without_a_field_takes_terms_as_they_stand(words: Vocabulary) -> None:
    field = words.field("condition")
    assert reading.read(field, "Slightly worn").id == "slightly-worn"
    assert reading.read(field, "完好").id == "wan-hao"
    assert words.field("年代") is words.fields["dynasty"]


@pytest.mark.parametrize(
    ("written", "candidate"),
    [
        ("lotus?", "lotus"), ("probably lotus", "lotus"), ("Possibly: Lotus", "lotus"), ("lotus (perhaps)", "lotus"),
        ("可能莲", "lian"), ("疑似莲", "lian"), ("莲（待定）", "lian"), ("maybe red jade", "red-jade"),
    ],
)  # fmt: skip
def test_a_term_of_ones_own_that_is_doubted_is_no_class(words: Vocabulary, written: str, candidate: str) -> None:
    found = reading.read(words.field("motif"), written)
    assert (found.how, found.candidates) == ("doubtful", (candidate,))


@pytest.mark.parametrize(
    "written", ["probable", "possibly", "likely", "可能", "probability", "疑似", "lotus perhapses"]
)
def test_a_word_of_doubt_alone_is_a_class_of_ones_own(words: Vocabulary, written: str) -> None:
    assert reading.read(words.field("grade"), written).how == "exact"
