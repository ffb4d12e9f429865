"""Marks in a picture's file that say that it is synthetic.

kilnmix, Software, Comment    text chunks of PNG: how the image was made (JSON), with what, and a sentence
XML:com.adobe.xmp             XMP: IPTC's DigitalSourceType `trainedAlgorithmicMedia`, the field that image banks
                              and search engines read, and the label AIGC of China's GB 45438-2025 (annex E)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_XMP = "XML:com.adobe.xmp"
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"
    Iptc4xmpExt:DigitalSourceType="{source}"
    TC260:AIGC="{label}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def aigc(name: str) -> dict[str, str]:
    """The elements of the label AIGC of GB 45438-2025: Label 1 says that the content is synthetic.

    Args:
        name: of the image, its production number.
    """
    return {
        "Label": "1",
        "ContentProducer": "kilnmix",
        "ProduceID": name,
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def png_info(name: str, made: Mapping[str, object]) -> PngInfo:
    """The chunks of an image `name` that was made so."""
    info = PngInfo()
    info.add_text("kilnmix", json.dumps({"synthetic": True, **made}, ensure_ascii=True, sort_keys=True))
    info.add_text("Software", "kilnmix")
    info.add_text("Comment", "Synthetic image, drawn by a diffusion model; not a photograph.")
    label = json.dumps(aigc(name), separators=(",", ":"))
    info.add_itxt(_XMP, _PACKET.format(source=SOURCE_TYPE, label=escape(label)))
    return info


def read(path: Path) -> tuple[str | None, dict[str, str]]:
    """The digital source type and the elements of the label AIGC of a picture's XMP; None and {} where it has none."""
    with Image.open(path) as image:
        image.load()
        packet = str(getattr(image, "text", {}).get(_XMP, ""))
    source = re.search(r'DigitalSourceType="([^"]*)"', packet)
    label = re.search(r'AIGC="([^"]*)"', packet)
    return (source.group(1) if source else None), (json.loads(unescape(label.group(1))) if label else {})
