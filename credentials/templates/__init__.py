"""The badge of one level as a template: canonical N-Quads and JSON with slots, filled for each person.

Thousands of people who earn one level have documents of one shape. `compiler.compile_template` brings one such document
with marks in its slots into canonical form by the ordinary road, and proves what of it cannot depend on the slots'
values; `template.Template` then fills, reads and checks. Whatever is not proven, or does not fit, is refused here
(`refusals`) and takes the ordinary road. Decision record: `docs/adr/0015-templates.md`.
"""
