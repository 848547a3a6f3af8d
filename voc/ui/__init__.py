"""The explorer: one file per screen, a filter bar for all of them, nothing computed here.

Numbers come from ``voc.analytics``, pictures from ``voc.charts``, comments and themes from the store through
``voc.pipeline``. ``routes.main`` is the whole application; ``app.py`` calls it.
"""
