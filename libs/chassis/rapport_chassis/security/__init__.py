"""Who is calling, what they may do, what they may see, and how often.

- `scopes`: scopes and access levels of a route
- `tokens`: OIDC/JWT resource server
- `issuer`: a local issuer, only for running on one machine
- `machine_keys`: keys for call-centre systems
- `kinds`: the one table of kinds of personal data by access level; `masking`, `inside_words`: how they are masked
- `limits`: how often
- `origins`: pages of which other origins may call from a browser
"""
