"""Charts: Vega-Lite specifications made from answers, the same for the browser, PNG and SVG.

Pure functions: they read no database and no clock. Each chart comes with an alt text and with the table behind it.
"""
