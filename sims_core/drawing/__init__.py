"""Pictures and pages for people: contact sheets, charts, the frame of an HTML page.

May import: base, scenes, formats.
"""
