extension SandboxServer {
  /// How to use the control interface; it answers `GET /` with this, and the
  /// command's help ends in it. At most 78 columns, so that no terminal wraps it.
  package static let manual = """
    The fleet repeats every twelve groups: four due within a week, five not due
    for weeks, one named hold-... that is due and meant to be held by a policy,
    one pay as you go, and one that expired three days ago. It follows from the
    number of groups, the seed and the clock.

    The control interface, plain HTTP with JSON:

      GET  /orders           the order book: what was bought, when, for how much
      GET  /groups           every group, its true and its visible expiries
      GET  /requests         the log of requests
      GET  /state            clock, money, open faults, settings
      POST /clock            {"advance":"72h"} or {"set":"2030-01-02T03:04:05Z"}
      POST /groups/ID        change a group: name, region, expiry, nodeAmount,
                             chargeType, status, resourceStatus, renewStatus,
                             renewPeriod, renewPeriodUnit, deleted
      POST /groups/ID/renew  renew and pay as a person does:
                             {"period":1,"periodUnit":"Month"}
      POST /orders/ID/pay    pay an unpaid order
      POST /orders/ID/cancel cancel an unpaid order
      POST /account          {"balance":"100.00","credit":"0.00",
                              "number":"1234567890123456"}
      POST /keys             {"id":"..","secret":"..","active":true,
                              "deny":["RenewAppInstanceGroup"]}
      POST /settings         replicaLags [seconds, ..]; dateTolerance, orderTime,
                             deployTime, recyclingAfter, releaseAfter,
                             unpaidOrderLife in seconds; renewsExpired true or
                             false
      POST /faults           {"kind":"cut","operation":"RenewAppInstanceGroup",
                              "group":"aig-..","count":1,"effect":"done"}
      DELETE /faults         remove those that are left

    A fault meets the next calls of its operation and group, or of all where
    these are left out, as often as count says (0: until removed). The effect of
    the call is none, done or late (by seconds); left out, it is none where there
    is no proper answer and done elsewhere.

      hang, cut, reset       no answer: the connection stays, ends, or is reset
      delay, drip            milliseconds late, or between any two bytes
      status, html, empty    status (503) with a code, with a page, with nothing
      code, codeWithOrder    200 with code and message, without or with an order
      throttle               400 Throttling.User, x-acs-retry-after: milliseconds
      truncated, short, huge half the JSON, half the body, bytes of padding
      redirect               302 to value
      date, noDate           a Date header that is seconds off, or none
      stale                  what was true seconds ago
      duplicates, movingRows rows twice, rows that move on between pages
      missingField, setField the member field left out, or with value in it

    Operations are the names of the calls; Metadata and CredentialsURI stand for
    those that have a path instead, /latest/... and /credentials.
    """
}
