"""Pictures on the page."""

from __future__ import annotations

from kilnmix.report.context import ReportContext
from kilnmix.report.page import gallery


def test_examples_are_accepted_images_of_the_classes_that_moved(context: ReportContext) -> None:
    samples = context.inputs.samples
    wanted = [samples[7].labels["glaze"], samples[1].labels["glaze"]]
    found = gallery.examples("glaze", wanted, context)
    captions = [example["caption"] for example in found]
    assert all(captions.count(caption) <= gallery.OF_ONE_CLASS for caption in captions)
    assert all(example["status"] == "" for example in found)
    # Sample 7 was rejected as a copy, so that its class is shown by others, if at all.
    assert not any(example["pixels"] is samples[7].pixels for example in found)
    assert any(example["pixels"] is samples[1].pixels for example in found)
