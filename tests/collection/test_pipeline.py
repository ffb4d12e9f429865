import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kilnmix.collection import pipeline, prepared
from kilnmix.collection.card import card as data_card
from kilnmix.collection.card.card import DataCard
from kilnmix.collection.card.sentences import caution_sentence
from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.common.pages.wording import load
from kilnmix.config import CollectionSettings
from tests.collection.conftest import draw, picture


def prepare(settings: CollectionSettings, folds: int = 1, seed: int = 0) -> tuple[Prepared, dict]:
    out = settings.folder.parent / f"out{len(list(settings.folder.parent.iterdir()))}"
    out.mkdir()
    card = pipeline.prepare(settings, folds, seed, out, out)
    return prepared.load(out), card


def table(settings: CollectionSettings) -> list[list[str]]:
    with (settings.folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def rewrite(settings: CollectionSettings, lines: list[list[str]]) -> None:
    with (settings.folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def test_what_is_prepared(settings: CollectionSettings) -> None:
    rows = draw(settings.folder)
    made, card = prepare(settings)
    assert len(made) == len(rows) == 75
    assert made.pixels.shape == (75, 32, 32, 3)
    first = Image.open(settings.folder / rows[0][0]).resize((32, 32), Image.Resampling.LANCZOS)
    assert np.abs(made.pixels[0].astype(int) - np.asarray(first)).max() <= 3
    assert made.task("dynasty").classes == ("song", "ming", "qing")
    assert made.task("dynasty").words == {"song": "Song", "ming": "Ming", "qing": "Qing"}
    assert made.task("type").native == {"bowl": "碗", "jar": "罐"}
    assert made.labels["dynasty"][:5].tolist() == [0, 0, 1, 2, 0]
    assert len(np.unique(made.objects)) == card.objects == 60
    assert made.views[:3].tolist() == [2, 2, 1]
    assert card.parts["0"] == {part: len(made.members(0, part)) for part in ("train", "val", "test")}
    assert not (made.folder / "grey.npy").exists()
    page = (made.folder / "datacard.html").read_text(encoding="utf-8")
    assert page.count("<img") == 5 * 12
    assert "http" not in page


def test_descriptions_are_kept_with_their_photographs(settings: CollectionSettings) -> None:
    draw(settings.folder)
    header, *lines = table(settings)
    rewrite(
        settings, [[*header, "Caption"], *([*line, f"no. {place}\n  crackled"] for place, line in enumerate(lines))]
    )
    made, _ = prepare(settings)
    assert made.captions is not None
    image = header.index("image")
    assert made.captions.tolist()[:3] == [f"no. {place} crackled" for place in range(3)]
    assert made.ids.tolist()[:3] == [line[image] for line in lines[:3]]


def test_objects_are_in_one_part_and_tested_once(settings: CollectionSettings) -> None:
    draw(settings.folder)
    made, _ = prepare(settings, folds=5)
    tested = Counter()
    for fold in range(5):
        parts = made.parts[fold]
        for object_ in np.unique(made.objects):
            assert len(set(parts[made.objects == object_])) == 1
        for task in made.tasks:
            for index in range(len(task.classes)):
                assert set(parts[made.labels[task.name] == index]) == {"train", "val", "test"}
        tested.update(np.unique(made.objects[parts == "test"]).tolist())
    assert set(tested.values()) == {1}
    assert len(tested) == 60


def test_the_same_again_and_another_seed(settings: CollectionSettings) -> None:
    draw(settings.folder)
    first, second, other = prepare(settings)[0], prepare(settings)[0], prepare(settings, seed=1)[0]
    assert first.digest == second.digest
    assert (first.parts[0] != other.parts[0]).any()
    assert (first.pixels == other.pixels).all()


def test_every_row_is_kept_or_named(settings: CollectionSettings) -> None:
    draw(settings.folder)
    images = settings.folder / "images"
    content = (images / "000-0.png").read_bytes()
    (images / "copy.png").write_bytes(content)
    (images / "contrary.png").write_bytes((images / "001-0.png").read_bytes())
    (images / "cut.png").write_bytes(content[: len(content) // 2])
    picture(5, size=20).save(images / "small.png")
    (images / "page.jpg").write_text("<html>404</html>")
    (images / "spare.png").write_bytes(picture(999).tobytes())
    extra = [["images/copy.png", "", "宋", ""], ["images/contrary.png", "", "清", ""], ["images/cut.png", "", "宋", ""]]
    extra += [["images/small.png", "", "宋", ""], ["images/page.jpg", "", "宋", ""], ["images/gone.png", "", "宋", ""]]
    extra += [["", "", "宋", "碗"], ["../labels.csv", "", "宋", ""], ["images/002-0.png", "", "", ""]]
    rewrite(settings, [*table(settings), *extra])
    made, card = prepare(settings)
    with (made.folder / "rejected.csv").open(encoding="utf-8") as file:
        rejected = list(csv.DictReader(file))
    reasons = {row["image"]: row["reason"] for row in rejected}
    assert reasons == {
        "images/copy.png": "exact-duplicate",
        "images/contrary.png": "conflict",
        "images/001-0.png": "conflict",
        "images/cut.png": "damaged",
        "images/small.png": "too-small",
        "images/page.jpg": "not-a-picture",
        "images/gone.png": "missing-file",
        "": "no-image",
        "../labels.csv": "outside",
        "images/002-0.png": "listed-twice",
        "images/spare.png": "no-row",
    }
    with_row = [row for row in rejected if row["line"] != "0"]
    assert len(made) + len(with_row) == card.rows == 75 + 9
    assert card.pictures_without_row == 1
    assert card.conflicts[0].labels == ("ming", "qing")
    assert "images/contrary.png" in (made.folder / "datacard.html").read_text(encoding="utf-8")


def test_pixels_follow_their_rows_when_others_are_left_out(settings: CollectionSettings) -> None:
    draw(settings.folder)
    whole, _ = prepare(settings)
    (settings.folder / "images" / "003-0.png").write_bytes(b"broken")
    rest, _ = prepare(settings)
    kept = [place for place, name in enumerate(whole.ids) if name != "images/003-0.png"]
    assert (rest.ids == whole.ids[kept]).all()
    assert (rest.pixels == whole.pixels[kept]).all()


@pytest.mark.parametrize(("rule", "classes"), [("train", 4), ("drop", 3), ("other", 4)])
def test_rare_classes(settings: CollectionSettings, rule: str, classes: int) -> None:
    draw(settings.folder)
    lines = table(settings)
    for line in lines[1:4]:  # two photographs of one object, one of another
        line[2] = "唐"
    rewrite(settings, lines)
    split = settings.split.model_copy(update={"rare": rule})
    made, _ = prepare(settings.model_copy(update={"split": split}))
    task = made.task("dynasty")
    assert len(task.classes) == classes
    if rule == "train":
        assert set(made.parts[0][made.labels["dynasty"] == task.index("tang")]) == {"train"}
    if rule == "drop":
        assert made.labels["dynasty"][:3].tolist() == [-1, -1, -1]
    if rule == "other":
        assert task.classes[-1] == "other"
        assert made.labels["dynasty"][:3].tolist() == [3, 3, 3]


def test_a_source_held_out(settings: CollectionSettings) -> None:
    draw(settings.folder)
    lines = table(settings)
    lines[0].append("source")
    for line in lines[1:]:
        line.append("met" if int(line[1][1:]) < 15 else "palace")
    rewrite(settings, lines)
    split = settings.split.model_copy(update={"by": "source"})
    made, _ = prepare(settings.model_copy(update={"split": split}))
    assert set(made.sources[made.parts[0] == "test"]) == {"met"}
    assert set(made.sources[made.parts[0] != "test"]) == {"palace"}
    split = split.model_copy(update={"source": "palace"})
    made, _ = prepare(settings.model_copy(update={"split": split}))
    assert set(made.sources[made.parts[0] == "test"]) == {"palace"}
    split = split.model_copy(update={"source": "louvre"})
    with pytest.raises(UserError, match="louvre"):
        prepare(settings.model_copy(update={"split": split}))


def test_broader_new_and_left_out_terms(settings: CollectionSettings) -> None:
    draw(settings.folder)
    lines = table(settings)
    for line in lines[1:9]:
        line[3] = "梅瓶"
    for line in lines[9:17]:
        line[3] = "花瓶"
    for line in lines[17:25]:
        line[3] = "奇形怪状"
    rewrite(settings, lines)
    with pytest.raises(UserError, match="'奇形怪状' \\(8 times\\) not known"):
        prepare(settings)
    made, _ = prepare(settings.model_copy(update={"allow_new": ("type",)}))
    assert made.task("type").classes == ("bowl", "jar", "vase", "meiping", "qi-xing-guai-zhuang")
    left = settings.model_copy(update={"unresolved": "leave-out", "broader": ("type",)})
    made, card = prepare(left)
    assert made.task("type").classes == ("bowl", "jar", "vase")
    assert card.labels["type"].missing == 8
    with (made.folder / "terms.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert (first["type"], first["type_finer"]) == ("梅瓶", "meiping")
    assert card.classes["type"]["vase"].finer == {"meiping": 8}
    assert "of them meiping 8" in (made.folder / "datacard.html").read_text(encoding="utf-8")


def test_a_column_of_confidence(settings: CollectionSettings) -> None:
    draw(settings.folder)
    lines = table(settings)
    lines[0].append("checked")
    for line, said in zip(lines[1:], ["1", "0", "yes", "否", "0.75", "90%", "maybe", *[""] * 100], strict=False):
        line.append(said)
    rewrite(settings, lines)
    made, card = prepare(settings)
    assert made.confidence is not None
    assert made.confidence[:6].tolist() == pytest.approx([1, 0, 1, 0, 0.75, 0.9])
    assert np.isnan(made.confidence[6:]).all()
    assert card.labels["type"].unsure == 2


def test_doubted_labels_that_are_kept_are_known_as_such(settings: CollectionSettings) -> None:
    draw(settings.folder)
    lines = table(settings)
    lines[1][3], lines[2][3], lines[3][3] = "possibly a bowl", "碗？", "疑为罐"
    lines[4][3] = "bowl"
    for number, said in ((90, "bowl?"), (91, "bowl")):  # copies of rows that say nothing on the type, or doubt it
        name = f"images/{number}.png"
        (settings.folder / name).write_bytes((settings.folder / lines[5 if number == 90 else 2][0]).read_bytes())
        lines.append([name, "", "", said])
    lines[5][3] = ""
    rewrite(settings, lines)
    made, card = prepare(settings.model_copy(update={"doubtful": "keep"}))
    doubted = {str(name) for name in made.ids[made.doubted["type"]]}
    assert doubted == {lines[number][0] for number in (1, 2, 3, 5)}
    assert (card.labels["type"].unsure, card.labels["type"].doubtful) == (4, 0)
    left, _ = prepare(settings)
    known = left.labels["type"] != -1
    assert not (left.doubted["type"] & known).any()  # line 2's class comes from its copy, which is sure
    assert known[left.ids.tolist().index(lines[2][0])]


def sentences(card: DataCard) -> list[str]:
    words = load("kilnmix.collection.card", "en")
    return [str(caution_sentence(caution, words)) for caution in card.cautions]


def test_warnings_name_what_decides_a_task(settings: CollectionSettings) -> None:
    draw(settings.folder)
    lines = table(settings)
    lines[0].append("source")
    for line in lines[1:]:
        line.append("met" if line[3] == "jar" else "palace")
    rewrite(settings, lines)
    _, card = prepare(settings)
    assert any(sentence.startswith("source nearly decides type") for sentence in sentences(card))
    assert not any("to train on" in sentence for sentence in sentences(card))
    split = settings.split.model_copy(update={"by": "source", "source": "met"})
    _, held_out = prepare(settings.model_copy(update={"split": split}))
    assert "type: fold 0 tests jar and has no photograph of it to train on." in sentences(held_out)
    assert not any("dynasty" in sentence for sentence in sentences(card))
    entry = next(e for e in card.associations if (e.task, e.other) == ("type", "source"))
    assert entry.told == 1.0
    assert entry.base == 0.5


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: (s.folder / "labels.csv").unlink(), "no label table"),
        (
            lambda s: rewrite(s, [["file_of", "dynasty", "type"], ["a", "b", "c"]]),
            "no column 'image'.*file_of, dynasty",
        ),
        (
            lambda s: rewrite(s, [["image", "dynasty", "type"], ["none.png", "宋", "碗"]]),
            "No row of .* names a picture",
        ),
        (lambda s: rewrite(s, [line[:3] for line in table(s)]), "type has no column"),
        (lambda s: rewrite(s, [[*line[:3], "碗"] if n else line for n, line in enumerate(table(s))]), "one class only"),
        (lambda s: rewrite(s, [[*line[:3], ""] if n else line for n, line in enumerate(table(s))]), "no labels"),
        (lambda s: [path.unlink() for path in (s.folder / "images").iterdir()], "holds no pictures"),
        (lambda s: [path.write_bytes(b"") for path in (s.folder / "images").iterdir()], "None of the 75 pictures"),
        (lambda s: rewrite(s, table(s)[:3]), "one class only"),
    ],
)
def test_one_sentence_for_what_cannot_be_used(settings: CollectionSettings, spoil: object, said: str) -> None:
    draw(settings.folder)
    spoil(settings)  # type: ignore[operator]
    with pytest.raises(UserError, match=said):
        prepare(settings)


def test_no_folder_and_reserved_names(settings: CollectionSettings) -> None:
    with pytest.raises(UserError, match="no folder"):
        prepare_into_nothing(settings)
    with pytest.raises(UserError, match=r"`dvc pull 'my dig.dvc'`"):
        prepare_into_nothing(settings.model_copy(update={"folder": Path("my dig")}))
    with pytest.raises(UserError, match="cannot be named 'source'"):
        prepare_into_nothing(settings.model_copy(update={"tasks": ("source",)}))


def prepare_into_nothing(settings: CollectionSettings) -> None:
    pipeline.prepare(settings, 1, 0, Path("nowhere"), Path("nowhere"))


def test_the_card_is_plain_json_and_comes_back(settings: CollectionSettings) -> None:
    draw(settings.folder)
    made, card = prepare(settings)
    written = json.loads((made.folder / "card.json").read_text(encoding="utf-8"))
    assert written["kept"] == card.kept == 75
    assert written["classes"]["type"]["bowl"]["objects"] == 30
    assert data_card.load(made.folder / "card.json") == card
    assert data_card.load(made.folder / "none.json") is None
    (made.folder / "card.json").write_text('{"schema": 1}')
    with pytest.raises(UserError, match="no data card"):
        data_card.load(made.folder / "card.json")
    assert pipeline.sentence(card) == (
        "75 photographs of 60 objects (classes: dynasty 3, type 2); 0 of 75 rows left out"
    )


@pytest.mark.parametrize(("way", "counted"), [("leave-out", (0, 5)), ("keep", (5, 0))])
def test_labels_in_doubt_are_counted(settings: CollectionSettings, way: str, counted: tuple[int, int]) -> None:
    draw(settings.folder)
    lines = table(settings)
    for line in lines[1:6]:
        line[2] = f"possibly {line[2]}"
    rewrite(settings, lines)
    _, card = prepare(settings.model_copy(update={"doubtful": way}))
    assert isinstance(card, DataCard)
    assert (card.labels["dynasty"].unsure, card.labels["dynasty"].doubtful) == counted
    assert (card.labels["type"].unsure, card.labels["type"].doubtful) == (0, 0)
