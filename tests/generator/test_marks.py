import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from kilnmix.generator import pool_writing as pool
from kilnmix.generator.marks import read

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"


def test_an_image_says_that_it_is_synthetic_in_every_standard_way(tmp_path: Path) -> None:
    path = tmp_path / "000007.png"
    pool.write_image(path, np.zeros((8, 8, 3), np.uint8), {"prompt": 'a "bowl", <宋> & co', "base": "b"})
    source, label = read(path)
    assert source == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert label == {
        "Label": "1", "ContentProducer": "kilnmix", "ProduceID": "000007", "ReservedCode1": "",
        "ContentPropagator": "", "PropagateID": "", "ReservedCode2": "",
    }  # fmt: skip
    with Image.open(path) as image:
        chunks = image.text  # type: ignore[attr-defined]
    assert json.loads(chunks["kilnmix"])["prompt"] == 'a "bowl", <宋> & co'
    packet = chunks["XML:com.adobe.xmp"]
    tree = ElementTree.fromstring(packet[packet.index("<x:") : packet.index("<?xpacket end")])
    attributes = tree.find(f".//{RDF}").attrib  # type: ignore[union-attr]
    assert attributes["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == source
    assert json.loads(attributes["{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"])["Label"] == "1"


def test_a_half_written_picture_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "000000.png"
    pool.write_image(path, np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8), {})
    assert pool.is_whole(path, 8)
    assert not pool.is_whole(path, 16)
    content = path.read_bytes()
    for left in (0, 8, 60, len(content) // 2, len(content) - 20):
        path.write_bytes(content[:left])
        assert not pool.is_whole(path, 8)
    assert not pool.is_whole(tmp_path / "nothing.png", 8)
