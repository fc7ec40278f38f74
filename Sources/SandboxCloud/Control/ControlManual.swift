extension SandboxServer {
  /// How to use the control interface; it answers `GET /` with this, and the
  /// command's help ends in it.
  package static let manual = """
    The fleet repeats every twelve groups: four due within a week, five not due for weeks,
    one named hold-... that is due and meant to be held by a policy, one pay as you go, and
    one that expired three days ago. It follows from the number, the seed and the clock.

    The control interface, plain HTTP with JSON:

      GET  /orders                  the order book: what was bought, when, for how much
      GET  /groups                  every group, with its true and its visible expiries
      GET  /requests                the log of requests
      GET  /state                   clock, money, open faults, settings
      POST /clock                   {"advance":"72h"} or {"set":"2030-01-02T03:04:05Z"}
      POST /groups/ID               change a group: name, region, expiry, nodeAmount,
                                    chargeType, status, resourceStatus, renewStatus,
                                    renewPeriod, renewPeriodUnit, deleted
      POST /groups/ID/renew         renew and pay as a person: {"period":1,"periodUnit":"Month"}
      POST /orders/ID/pay           pay an unpaid order; /orders/ID/cancel cancels it
      POST /account                 {"balance":"100.00","credit":"0.00"}
      POST /keys                    {"id":"..","secret":"..","active":true,"deny":["Operation"]}
      POST /settings                replicaLags [seconds, ..], dateTolerance, deployTime,
                                    recyclingAfter, releaseAfter, unpaidOrderLife (seconds),
                                    renewsExpired
      POST /faults                  {"kind":"cut","operation":"RenewAppInstanceGroup",
                                     "group":"aig-..","count":1,"effect":"done"}
      DELETE /faults                remove those that are left

    A fault meets the next calls of its operation and group, or of all where these are left
    out, so many times as count says (0: until removed). The effect is none, done or late
    (seconds later); left out, it is none where there is no proper answer and done elsewhere.

      hang, cut, reset              no answer: the connection stays, ends, or is reset
      delay, drip                   milliseconds late, or that long between two bytes
      status, html, empty           an error with status (503) and code, a page, or nothing
      code, codeWithOrder           200 with code and message; with an order id as well
      throttle                      400 Throttling.User, x-acs-retry-after: milliseconds
      truncated, short, huge        half the JSON, half the promised body, bytes of padding
      redirect                      302 to value
      date, noDate                  a Date header that is seconds off, or none
      stale                         what was true seconds ago
      duplicates, movingRows        rows twice, rows that move between pages
      missingField, setField        without the member field, or with value in it

    Operations are the names of the calls; Metadata and CredentialsURI stand for the two
    that have a path instead: /latest/... and /credentials.
    """
}
