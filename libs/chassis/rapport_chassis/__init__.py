"""The technology, once for all services. A service meets it in this order:

- `service` puts a service together and runs it; `settings` what it must be told
- `lifecycle`, `loops`, `wakes`, `door` what runs in the background and who may come in
- `work` one transaction: stores, facts, timers, audit rows commit together; `actor` who acts, and why
- `database`, `migrations`, `tables` PostgreSQL; `shipped` what comes with a service; `store` aggregates in it
- `listens` what a service listens to; `timers` what is to be done at a certain time; `timer_runner` does it
- `outbox`, `relay`, `lease`, `sending` facts on their way to Kafka; `bus` the port to it
- `consumer`, `applying`, `inbox`, `watchdog` facts coming in; `parked`, `release` those that could not be
- `projections` are tables that events alone fill, and are rebuilt; `replay` reads the log anew for it
- `vault`, `keys` personal data under one key for each person; `audit` who did what, in a chain;
  `chains` histories of services as chains of their own
- `bodies` what a caller may send, the commands of use cases; `lists` pages, orders and cursors of a list
- `web` HTTP: routes, problems, idempotent answers; `security` tokens, machine keys, scopes, limits, masking
- `observability` logs, metrics, trace context
"""
