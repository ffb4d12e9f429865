import pytest
from jinja2 import UndefinedError

from kilnmix.common.pages.templates import environment


def test_what_is_put_in_is_escaped_and_a_missing_name_is_an_error() -> None:
    template = environment("kilnmix.collection.card").from_string("<p>{{ name }}</p>")
    assert template.render(name="<b> & 'c'") == "<p>&lt;b&gt; &amp; &#39;c&#39;</p>"
    with pytest.raises(UndefinedError, match="name"):
        template.render()
