"""Pictures drawn on the server as SVG.

Classes and presentation attributes alone, no inline style, no script.

Each module draws one kind of picture from plain data and returns markup that is safe to put into a page. Nothing here
reads the database or a request. Colours come from `static/css/drawing.css`, so that a picture follows the theme and
prints. AWS-supplied text is escaped by `svg.element` and measured by `text`.
"""
