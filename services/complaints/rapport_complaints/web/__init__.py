"""HTTP: routes, what they take and give, who may call them.

Actions and data in versions are tables of routes (`Actions`, `VersionedData` of the chassis): a line names its use case.
The sub-rooms have the same names in every room. In each, modules that end in `_views` are what is shown, and those
that end in `_data` are what the sub-room goes by: policies, types, vendors. `printer`: PDF.
"""
