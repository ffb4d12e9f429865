"""Kinds of files that people hand in or that may be damaged: sound examples, and what reads each."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from PIL import Image
from safetensors.torch import save_file

from kilnmix.classifier import picture_files, predict, predict_files, results
from kilnmix.classifier.network.backbones import architecture, pretrained
from kilnmix.collection import intake, prepared, resolving, rules_file
from kilnmix.collection.card import card
from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings, composition, load
from kilnmix.curation import retrieval, vetoes
from kilnmix.experiment import predictions
from kilnmix.generator import given_pool
from tests import composed
from tests.collection.conftest import REPOSITORY, picture
from tests.collection.test_malformed import SOUND
from tests.untrained import untrained_model

TASKS = (Task("dynasty", ("ming", "song"), {}), Task("type", ("bowl", "jar"), {}))
NAMES = [f"images/{number:03d}-0.png" for number in range(6)]


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        sound: contents that are read without fault.
        name: under which a spoiled content lies, in an empty folder.
        read: takes that folder; returns if what it read can be right, and raises UserError where it cannot be read.
        share: of all inputs, relative to the other kinds.
    """

    sound: Sequence[bytes]
    name: str
    read: Callable[[Path], object]
    share: float = 1.0


def kinds(base: Path) -> dict[str, Kind]:
    """All kinds; what they read beside the spoiled file lies in `base`."""
    settings = _settings(base)
    photographs = _prepared(base / "prepared", settings)
    _draw(base / "other", 900)
    model = _model(base / "model")
    weights = (base / "model" / predict.WEIGHTS).read_bytes()
    params = composed.text().encode()
    tables = [*SOUND, *_museums()]
    return {
        "table": Kind(tables, "labels.csv", lambda folder: _table(folder / "labels.csv", base / "other", settings), 6),
        "retrieved table": Kind(
            tables[:4], "labels.csv", lambda folder: _retrieve(base / "other", folder, settings, photographs), 0.3
        ),
        "picture": Kind(_pictures(), "a.png", lambda folder: _picture(folder / "a.png"), 4),
        "predicted picture": Kind(_pictures(), "a.jpg", lambda folder: _predict(model, folder), 1),
        "settings": Kind([params, _shuffled(params)], "params.yaml", lambda folder: load(folder / "params.yaml"), 3),
        "conf": Kind(
            [(composed.CONF / "config.yaml").read_bytes(), (composed.CONF / "profile" / "demo.yaml").read_bytes()],
            "conf.yaml", lambda folder: _compose(folder, base), 0.3,
        ),
        "vetoes": Kind(
            [b"# odd\n0/0/000003\n0/0/000001 # two handles\n1/0/000009\n", b"image,comment\n0/0/000003,odd\n"],
            "v.txt", _vetoes, 1,
        ),
        "vocabulary": Kind([_words()], "v.yaml", lambda folder: vocabulary.load(folder / "v.yaml"), 1.5),
        "rules": Kind(
            [
                b"periods: {dynasty: {ming: [1368, 1644], song: [960, 1279]}}\nrules:\n"
                b"  a: {if: {dynasty: [ming]}, then: {type: [bowl]}, strength: never, source: 'A, B, 1999'}\n"
                b"  b: {if: {type: [jar]}, then: {dynasty: {from: 960}}, strength: seldom, source: 'C, D, 2001'}\n"
            ],
            "r.yaml",
            lambda folder: rules_file.read(settings.model_copy(update={"rules": folder / "r.yaml"}), TASKS), 1,
        ),
        "model card": Kind(
            [(model / "model.json").read_bytes()], "model.json", lambda folder: _load_model(folder, model), 1
        ),
        "model weights": Kind([weights], predict.WEIGHTS, lambda folder: _load_model(folder, model), 0.5),
        "sets": Kind(
            [b'{"0.1": {"dynasty": 0.4, "type": null}, "0.05": {}}'], predict_files.SETS,
            lambda folder: predict_files.read_thresholds(folder, 0.1), 1,
        ),
        "backbone": Kind(
            [_backbone(base / "backbone.safetensors")], "w.safetensors",
            lambda folder: pretrained("squeezenet1_1", str(folder / "w.safetensors")), 0.5,
        ),
        "answers": Kind([_answers(base, photographs)], "val.parquet", lambda f: _read_answers(f, photographs), 1.5),
        "kept predictions": Kind(
            [_kept(base)], "test.npz", lambda folder: results.read_predictions(folder / "test.npz"), 1
        ),
        "prepared": Kind(
            [(photographs.folder / "photographs.csv").read_bytes()], "photographs.csv",
            lambda folder: _load_prepared(folder, photographs, "photographs.csv"), 1,
        ),
        "folds": Kind(
            [(photographs.folder / "folds.csv").read_bytes()], "folds.csv",
            lambda folder: _load_prepared(folder, photographs, "folds.csv"), 1,
        ),
        "tasks": Kind(
            [(photographs.folder / "tasks.json").read_bytes()], "tasks.json",
            lambda folder: _load_prepared(folder, photographs, "tasks.json"), 1,
        ),
        "data card": Kind([_card()], "card.json", lambda folder: card.load(folder / "card.json"), 1),
        "given pool": Kind([b"id,dynasty,type,prompt\na,ming,bowl,x\na,song,,\n"], "pool.csv", _pool, 1),
    }  # fmt: skip


def _settings(base: Path) -> CollectionSettings:
    words = base / "vocabulary.yaml"
    words.write_bytes(_words())
    update = {
        "unresolved": "leave-out",
        "folder": base / "data",
        "tasks": ("dynasty", "type"),
        "vocabulary": words,
        "size": 16,
    }
    return composed.settings("collection=default").collection.model_copy(update=update)


def _words() -> bytes:
    """The vocabulary with a few terms: read in a tenth of the time."""
    whole = yaml.load((REPOSITORY / "conf" / "vocabulary.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    for field in whole["fields"].values():
        kept = {*list(field["classes"])[:8], "song", "ming", "qing", "tang", "bowl", "jar", "dish", "vase"}
        field["classes"] = {name: term for name, term in field["classes"].items() if name in kept}
        for term in field["classes"].values():
            if isinstance(term, dict) and term.get("broader") not in (None, *field["classes"]):
                del term["broader"]
    whole["fields"] = {name: field for name, field in whole["fields"].items() if name in ("dynasty", "type", "glaze")}
    return yaml.safe_dump(whole, allow_unicode=True).encode()


def _draw(folder: Path, first: int) -> None:
    (folder / "images").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        picture(first + number).save(folder / name)


def _prepared(folder: Path, settings: CollectionSettings) -> Prepared:
    _draw(settings.folder, 0)
    folder.mkdir()
    np.save(folder / "pixels.npy", np.zeros((6, 16, 16, 3), np.uint8))
    labels = {"dynasty": np.array([0, 1, 0, 1, -1, 0]), "type": np.array([0, 1, 1, 0, 1, -1])}
    parts = {0: np.array(["train", "train", "val", "val", "test", "test"])}
    made = Prepared(
        folder, TASKS, np.array(NAMES), np.arange(6), labels, parts, np.array([""] * 6), np.full(6, np.nan, np.float32)
    )
    prepared.write_tables(made)
    return made


def _table(path: Path, photographs: Path, settings: CollectionSettings) -> None:
    file = io.StringIO()
    resolving.write(resolving.resolve(path, settings), file)
    assert len(list(csv.reader(io.StringIO(file.getvalue())))) > 1
    try:
        planned = intake.plan(intake.Source(photographs, path), settings.model_copy(update={"unresolved": "leave-out"}))
    except UserError as error:
        assert "Traceback" not in str(error)
        return  # it can be read, but its terms or pictures are too few
    named = {row.place for row in planned.listed.rows}
    lost = {item.line for item in planned.listed.rejected if item.line}
    assert len(named | {place for place, line in enumerate(planned.table.lines) if line in lost}) == len(planned.table)


def _retrieve(photographs: Path, folder: Path, settings: CollectionSettings, ours: Prepared) -> None:
    pool = retrieval.retrieve(photographs, folder / "labels.csv", settings, ours, folder.parent / "pools")
    assert 0 < pool.kept <= len(NAMES)


def _museums() -> list[bytes]:
    """Records as museums' APIs give them."""
    met = [{"objectID": n, "accessionNumber": f"19.{n}", "period": "Ming dynasty (1368–1644)", "objectName": "Dish",
            "isPublicDomain": True, "primaryImageSmall": f"https://a.b/00{n}-0.png", "tags": [{"term": "Dragons"}]}
           for n in range(5)]  # fmt: skip
    cleveland = {"info": {"total": 4}, "data": [
        {"id": n, "accession_number": f"1.{n}", "culture": ["China, Song dynasty"], "title": "Jar",
         "images": {"web": {"url": f"https://a.b/00{n}-0.png"}}} for n in range(4)
    ]}  # fmt: skip
    return [json.dumps(met).encode(), json.dumps(cleveland).encode(), "\n".join(map(json.dumps, met)).encode()]


def _pictures() -> list[bytes]:
    found = []
    for number, form in enumerate(("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "PPM", "JPEG2000")):
        file = io.BytesIO()
        image = picture(number)
        (image.quantize(16) if form == "GIF" else image).save(file, form)
        found.append(file.getvalue())
    return found


def _picture(path: Path) -> None:
    try:
        found = pictures.decode(path, 16, max_pixels=10**7)
    except pictures.PictureError as error:
        raise UserError(f"{path}: {error}") from error
    assert found.square.shape == (16, 16, 3)
    assert min(found.width, found.height) >= 1


def _predict(model: Path, folder: Path) -> None:
    files, _ = picture_files.find([folder])
    for answer in predict_files.answer(files, predict_files.load(model), 2):
        assert abs(sum(value for _, value in answer.tasks["type"]) - 1) < 1e-3


def _model(folder: Path) -> Path:
    folder.mkdir()
    untrained_model(TASKS).write(folder)
    return folder


def _load_model(folder: Path, sound: Path) -> None:
    for path in sound.iterdir():
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    model = predict_files.load(folder).model
    answers, _ = model.apply(np.zeros((1, model.size, model.size, 3), np.uint8))
    assert all(np.isfinite(values).all() for values in answers.values())


def _backbone(path: Path) -> bytes:
    save_file(
        {f"features.{name}": value for name, value in architecture("squeezenet1_1").body.state_dict().items()}, path
    )
    return path.read_bytes()


def _shuffled(params: bytes) -> bytes:
    """The same settings in another style of YAML."""
    return json.dumps(yaml.safe_load(params)).encode()


def _compose(folder: Path, base: Path) -> None:
    conf = base / "conf"
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(composed.CONF, conf)
    content = (folder / "conf.yaml").read_bytes()
    (conf / ("config.yaml" if b"- profile" in content else "profile/demo.yaml")).write_bytes(content)
    composition.compose([], conf)


def _vetoes(folder: Path) -> None:
    ids = [f"{number:06d}" for number in range(8)]
    found = vetoes.of_pool(vetoes.read(folder / "v.txt"), 0, 0, ids, folder / "v.txt")
    assert found <= set(ids)


def _answers(base: Path, photographs: Prepared) -> bytes:
    rows = [("real", name, task.name, seed, [0.25, 0.75]) for seed in (0, 1) for task in TASKS for name in NAMES[2:4]]
    table = pa.table({
        "arm": [row[0] for row in rows], "photograph": [row[1] for row in rows], "task": [row[2] for row in rows],
        "object": [NAMES.index(row[1]) for row in rows], "adapter": [0] * len(rows), "seed": [row[3] for row in rows],
        "probabilities": pa.array([row[4] for row in rows], pa.list_(pa.float32())),
    })  # fmt: skip
    pq.write_table(table, base / "val.parquet")
    return (base / "val.parquet").read_bytes()


def _read_answers(folder: Path, photographs: Prepared) -> None:
    found = predictions.read([(0, folder / "val.parquet")], photographs, "type")
    assert all(np.isfinite(values).all() for values in found.probabilities.values())


def _kept(base: Path) -> bytes:
    values = {task.name: np.full((3, 2), 0.5, np.float32) for task in TASKS}
    results.Predictions(np.arange(3), values).write(base / "kept.npz")
    return (base / "kept.npz").read_bytes()


def _load_prepared(folder: Path, sound: Prepared, spoiled: str) -> None:
    for path in sound.folder.iterdir():
        if path.name != spoiled:
            shutil.copyfile(path, folder / path.name)
    found = prepared.load(folder)
    assert len(found.ids) == len(found.objects) == len(found.pixels)
    assert all(len(values) == len(found.ids) for values in (*found.labels.values(), *found.parts.values()))


def _card() -> bytes:
    counts = {"photographs": 3, "objects": 2, "finer": {}, "folds": {}}
    labels = {"labelled": 3, "labelled_objects": 2, "missing": 0, "unsure": 0}
    return json.dumps({
        "schema": card.SCHEMA, "rows": 3, "kept": 3, "objects": 2, "rejected": {}, "pictures_without_row": 0,
        "labels": {"type": labels}, "classes": {"type": {"bowl": counts}}, "parts": {},
        "duplicates": {"exact_pairs": 0, "near_pairs": 0, "objects_with_several_photographs": 1, "conflicts": 0},
        "conflicts": [], "associations": [], "cautions": [],
    }).encode()  # fmt: skip


def _pool(folder: Path) -> None:
    Image.new("RGB", (20, 20)).save(folder / "a.png")
    given = given_pool.read(folder, TASKS)
    given_pool.take(given, folder / "drawn", 8, lambda count: None)
