import pytest
import yaml

from kilnmix.collection import rules_file
from kilnmix.collection.prepared import Task
from kilnmix.collection.rules import Rules
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.reading import read as understood
from tests.composed import CONF, settings

WORDS = vocabulary.load(CONF / "vocabulary.yaml")
TASKS = tuple(Task(name, tuple(WORDS.fields[name].terms), {}) for name in ("dynasty", "glaze", "kiln", "type"))
STARTER = rules_file.read(settings("collection=default").collection, TASKS)

# Cells of a label table, in English or Chinese: dynasty, glaze, kiln, type; and the rules that they break.
LABELS = [
    ("Song dynasty", "celadon", "Longquan", "dish", set()),
    ("南宋", "青釉", "龙泉窑", "盘", set()),
    ("Ming", "blue-and-white", "Longquan", "", {"longquan-is-celadon"}),
    ("明", "青花", "龙泉窑", "", {"longquan-is-celadon"}),
    ("Tang", "celadon", "Longquan", "", {"longquan-from-the-tenth-century"}),
    ("Han", "underglaze blue", "", "", {"blue-and-white-not-before-the-tang", "blue-and-white-rare-before-the-yuan"}),
    ("唐", "青花", "", "", {"blue-and-white-rare-before-the-yuan"}),
    ("元", "青花", "景德镇", "", set()),
    ("北宋", "釉里红", "", "", {"underglaze-copper-red-rare-before-the-yuan"}),
    ("Ming", "famille rose", "", "", {"famille-rose-not-before-the-last-years-of-kangxi"}),
    ("清顺治", "粉彩", "", "", {"famille-rose-not-before-the-last-years-of-kangxi"}),
    ("Kangxi", "famille rose", "", "", set()),
    ("清", "粉彩", "", "", set()),
    ("明万历", "珐琅彩", "", "", {"falangcai-not-before-the-last-years-of-kangxi"}),
    ("清乾隆", "珐琅彩", "景德镇", "", set()),
    ("Qianlong", "falangcai", "Dehua", "", {"falangcai-was-painted-in-the-palace"}),
    ("明", "胭脂红釉", "", "", {"pink-from-gold-not-before-the-last-years-of-kangxi"}),
    ("Shunzhi", "famille verte", "", "", {"famille-verte-not-before-kangxi"}),
    ("康熙", "墨地五彩", "", "", set()),
    ("康熙", "炉钧釉", "", "", {"robins-egg-not-before-yongzheng"}),
    ("Yongzheng", "robin's egg", "", "", set()),
    ("元", "斗彩", "景德镇", "", {"doucai-not-before-the-ming"}),
    ("明成化", "斗彩", "景德镇", "", set()),
    ("明成化", "斗彩", "德化", "", {"doucai-from-jingdezhen"}),
    ("元", "五彩", "", "", {"wucai-rare-before-the-ming"}),
    ("Song", "fahua", "", "", {"fahua-not-before-the-yuan"}),
    ("清", "枢府釉", "", "", {"shufu-yuan"}),
    ("明宣德", "卵白釉", "", "", set()),
    ("明万历", "卵白釉", "", "", {"shufu-yuan"}),
    ("Tang", "qingbai", "", "", {"qingbai-not-before-the-tenth-century"}),
    ("唐", "汝釉", "", "", {"ru-glaze-not-before-the-song"}),
    ("清", "仿汝釉", "", "", set()),
    ("唐", "哥釉", "", "", {"guan-and-ge-glazes-not-before-the-song"}),
    ("汉", "三彩", "", "", {"three-colours-not-before-the-tang"}),
    ("唐", "唐三彩", "", "", set()),
    ("Han", "marbled", "", "", {"marbled-not-before-the-tang"}),
    ("西晋", "花釉", "", "", {"splashed-black-tang"}),
    ("清", "珍珠地划花", "", "", {"pearl-ground-tang-to-jin"}),
    ("东汉", "白釉", "", "", {"white-glaze-rare-before-the-northern-qi"}),
    ("北齐", "白釉", "", "", set()),
    ("唐", "原始青瓷", "", "", {"proto-porcelain-until-the-han"}),
    ("西周", "原始瓷", "", "", set()),
    ("元", "紫砂", "宜兴窑", "", {"zisha-rare-before-the-ming"}),
    ("清", "紫砂", "景德镇", "", {"zisha-from-yixing"}),
    ("", "blue-and-white", "Ding", "", {"ding-is-not-painted-in-colours"}),
    ("明", "白釉", "定窑", "", {"ding-tang-to-yuan"}),
    ("现代", "白釉", "定窑", "", set()),
    ("唐", "", "汝窑", "", {"ru-kiln-song-to-yuan"}),
    ("清", "", "官窑", "", {"guan-kiln-southern-song"}),
    ("唐", "", "钧窑", "", {"jun-kiln-from-the-song"}),
    ("金", "青花", "钧窑", "", {"jun-kiln-is-not-painted-in-colours", "blue-and-white-rare-before-the-yuan"}),
    ("宋", "青釉", "建窑", "茶盏", {"jian-tea-bowls-are-black"}),
    ("宋", "黑釉", "建窑", "茶盏", set()),
    ("清", "黑釉", "建窑", "", {"jian-black-song-to-yuan"}),
    ("隋", "", "吉州窑", "", {"jizhou-from-the-tang"}),
    ("隋", "", "耀州窑", "", {"yaozhou-from-the-tang"}),
    ("", "五彩", "越窑", "", {"yue-is-celadon"}),
    ("西晋", "青釉", "越窑", "", set()),
    ("明", "青釉", "越窑", "", {"yue-until-the-song"}),
    ("明", "", "长沙窑", "", {"changsha-tang"}),
    ("金", "青花", "磁州窑", "", {"early-cizhou-has-no-cobalt", "blue-and-white-rare-before-the-yuan"}),
    ("宋", "白地黑花", "磁州窑", "", set()),
    ("唐", "", "德化窑", "", {"dehua-from-the-song"}),
    ("元", "", "漳州窑", "", {"zhangzhou-from-the-ming"}),
    ("明", "", "造办处", "", {"palace-workshops-qing"}),
    ("Ming", "", "", "snuff bottle", {"snuff-bottle-not-before-the-qing"}),
    ("清", "", "", "鼻烟壶", set()),
    ("宋", "", "", "茶壶", {"teapot-rare-before-the-ming"}),
]  # fmt: skip


def broken(*cells: str) -> set[str]:
    labels, finer = [], []
    for task, cell in zip(TASKS, cells, strict=True):
        reading = understood(WORDS.field(task.name), cell)
        assert reading.id or not cell, (task.name, cell, reading)
        labels.append(task.index(reading.id) if cell else -1)
        finer.append(reading.finer)
    return {rule.name for rule, _ in STARTER.breaches(labels, finer)}


@pytest.mark.parametrize("row", LABELS, ids=lambda row: " ".join(filter(None, row[:4])))
def test_what_the_starter_says_of_labels(row: tuple[str, str, str, str, set[str]]) -> None:
    assert broken(*row[:4]) == row[4]


def test_every_rule_has_an_example_and_is_kept_by_another() -> None:
    names = {rule.name for rule in STARTER.rules}
    assert STARTER.left_out == 0 and len(names) >= 25
    assert set().union(*(row[4] for row in LABELS)) == names


def test_every_rule_has_a_source_and_names_what_the_vocabulary_knows() -> None:
    content = yaml.safe_load((CONF / "rules.yaml").read_text(encoding="utf-8"))
    for name, entry in content["rules"].items():
        author, *_, year = entry["source"].split(", ")
        assert author and len(entry["source"].split(", ")) >= 3 and 1900 < int(year) < 2030, name
        for task, wanted in [*entry["if"].items(), *entry["then"].items()]:
            listed = wanted if isinstance(wanted, list) else [*wanted.get("not", []), *wanted.get("also", [])]
            assert set(listed) <= set(WORDS.fields[task].terms), name
    terms = WORDS.fields["dynasty"].terms
    finer = yaml.safe_load((CONF / "vocabulary.yaml").read_text(encoding="utf-8"))["fields"]["dynasty"]["classes"]
    years = {id_: term.years for id_, term in terms.items() if term.years}
    years |= {
        id_: tuple(own["years"])
        for each in finer.values()
        for id_, own in each.get("finer", {}).items()
        if "years" in own
    }
    assert {id_: tuple(span) for id_, span in content["periods"]["dynasty"].items()} == years


SMALL = (Task("dynasty", ("han", "tang", "ming"), {}), Task("glaze", ("celadon", "blue-and-white"), {}))
HAN, TANG, MING = range(3)


def test_what_never_occurs_is_not_asked_for_and_what_seldom_does_where_it_is_shown() -> None:
    found = rules_file.read(settings("collection=default").collection, SMALL)
    shown = found.shown([[TANG, 1], [MING, 1], [HAN, 1]])
    assert found.allow((MING, 1)) and not found.allow((HAN, 1))
    assert not found.allow((TANG, 1)) and found.allow((TANG, 1), shown)
    assert not found.allow((HAN, 1), shown)
    assert found.allow((-1, 1)) and found.allow((HAN, -1))
    assert rules_file.read(settings("collection=rendered").collection, SMALL) == Rules()
