"""Exceptions that other words in a text make."""

from __future__ import annotations

from kilnmix.collection.vocabulary.field import Field, Reading
from kilnmix.collection.vocabulary.spelling import plain, spaced


def in_context(field: Field, text: str, found: Reading) -> Reading:
    """What the words of `text` make of a reading, by the vocabulary's `context`."""
    text = spaced(plain(text, field.characters))
    for context in field.contexts:
        if context.of == found.id and any(word in text for word in context.words):
            return Reading(context.id, "within", layer=field.terms[context.id].layer)
    return found
