import pytest

from kilnmix.classifier.network.build import build
from kilnmix.common.errors import UserError


def test_a_backbone_of_one_size_refuses_another(make_run):
    with pytest.raises(UserError, match="takes pictures of 160 pixels only"):
        build(make_run(backbone="test_vit", size=96).settings, {"a": 2})
    assert build(make_run(backbone="test_vit", size=160).settings, {"a": 2}).width == 16
