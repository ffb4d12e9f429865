"""The tables of the page. Pure: a study in, cells out."""
