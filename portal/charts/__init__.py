"""Charts as SVG, made on the server: pure functions from frozen figures to markup, without script or inline style.

What is seen takes its colours from charts.css by classes, so it is readable in light and dark; every chart has a title
and a description, and pages show its figures as a table beside it. Texts come in the reader's language already;
`number` says how he writes numbers.
"""
