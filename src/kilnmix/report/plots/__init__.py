"""The plots of the report's pages, a function each. Rows are plain dictionaries, as Vega-Lite reads them."""
