"""The data model of Open Badges 3.0 and VCDM 2.0: the check that a document conforms, and typed, frozen `classes`."""
