"""Who is calling, what they may do, what they may see, and how often.

- `scopes`: scopes and access levels of a route
- `tokens`: OIDC/JWT resource server
- `issuer`: a local issuer, only for running on one machine
- `machine_keys`: keys for call-centre systems
- `masking`: personal data by access level
- `limits`: how often
- `origins`: pages of which other origins may call from a browser
"""
