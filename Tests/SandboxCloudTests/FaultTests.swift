import Testing

@testable import SandboxCloud

@Suite struct `Scripted faults` {
  private let caller = Caller()

  private func inject(
    _ kind: SandboxFault.Kind, operation: String? = "RenewAppInstanceGroup", count: Int? = 1,
    effect: SandboxFault.Effect? = nil, _ change: (inout SandboxFault) -> Void = { _ in }
  ) {
    var fault = SandboxFault(kind, operation: operation, count: count, effect: effect)
    change(&fault)
    caller.server.inject(fault)
  }

  @Test(arguments: SandboxFault.Kind.allCases, [SandboxFault.Effect.none, .done])
  func `whether a call takes effect is up to the fault and not to its answer`(
    _ kind: SandboxFault.Kind, _ effect: SandboxFault.Effect
  ) {
    inject(kind, effect: effect) { $0.field = "Code" }
    caller.renew(caller.dueGroup.id)
    #expect(caller.server.orders.count == (effect == .done ? 1 : 0))
    #expect(caller.server.requests.last?.fault == kind)
    #expect(caller.server.faults.isEmpty)
  }

  @Test func `a fault meets so many calls of its operation and its group, then no more`() {
    let other = caller.server.groups[1].id
    caller.server.inject(
      SandboxFault(
        .status, operation: "RenewAppInstanceGroup", group: caller.dueGroup.id, count: 2))
    #expect(caller.renew(other).status == 200)
    #expect(caller.call("ListRegions").status == 200)
    let statuses = (0..<3).map { _ in caller.renew(caller.dueGroup.id).status }
    #expect(statuses == [503, 503, 200])
  }

  @Test func `a fault without a count stays until it is removed`() {
    inject(.status, operation: nil, count: nil)
    for _ in 0..<5 { #expect(caller.call("ListRegions").status == 503) }
    caller.server.clearFaults()
    #expect(caller.call("ListRegions").status == 200)
  }

  @Test func `a call may take effect long after its answer`() {
    inject(.cut, effect: .late) { $0.seconds = 600 }
    let group = caller.dueGroup
    caller.renew(group.id)
    caller.server.advanceClock(bySeconds: 599)
    #expect(caller.server.orders.isEmpty)
    caller.server.advanceClock(bySeconds: 3600)
    #expect(caller.server.orders.map(\.paid) == [Caller.start + 600])
  }

  @Test func `a code beside an order keeps the order's own id`() {
    inject(.codeWithOrder)
    let reply = caller.renew(caller.dueGroup.id)
    #expect(reply.status == 200)
    #expect(reply.code == "InvalidParameter.ProductType")
    #expect(reply.json["OrderId"]?.text == caller.server.orders.first?.id)
  }

  @Test func `a code alone names no order`() {
    inject(.code, effect: .done)
    let reply = caller.renew(caller.dueGroup.id)
    #expect(reply.code == "SYSTEM.CONCURRENT_OPERATE")
    #expect(reply.json["OrderId"] == nil)
  }

  @Test func `throttling has its hint in milliseconds`() {
    inject(.throttle) { $0.milliseconds = 2500 }
    let reply = caller.renew(caller.dueGroup.id)
    #expect(reply.status == 400)
    #expect(reply.code == "Throttling.User")
    #expect(reply.header("x-acs-retry-after") == "2500")
  }

  @Test func `the date may be wrong or absent`() {
    inject(.date, operation: nil) { $0.seconds = -7200 }
    #expect(caller.call("ListRegions").header("date") == "Wed, 02 Jan 2030 01:04:05 GMT")
    inject(.noDate, operation: nil)
    #expect(caller.call("ListRegions").header("date") == nil)
  }

  @Test func `a stale list shows what was, in billing too`() {
    let group = caller.dueGroup
    caller.renew(group.id)
    inject(.stale, operation: "GetAppInstanceGroup") { $0.seconds = 60 }
    inject(.stale, operation: "QueryOrders") { $0.seconds = 60 }
    #expect(caller.visibleExpiry(group.id) == group.expiry)
    #expect(caller.visibleExpiry(group.id) != group.expiry)
    let total = { (reply: Reply) in reply.json["Data"]?["TotalCount"]?.integer }
    #expect(total(caller.bill("QueryOrders")) == 0)
    #expect(total(caller.bill("QueryOrders")) == 1)
  }

  private func rows(_ query: [String: String] = [:]) -> [String] {
    caller.call("ListAppInstanceGroup", query).json["AppInstanceGroupModels"]?.elements?
      .compactMap { $0["AppInstanceGroupId"]?.text } ?? []
  }

  @Test func `rows may come twice`() {
    inject(.duplicates, operation: nil)
    #expect(rows().count == 24)
    #expect(rows().count == 12)
  }

  @Test func `rows may move between two pages, so that one is missed`() {
    inject(.movingRows, operation: nil, count: nil)
    let seen =
      rows(["PageNumber": "1", "PageSize": "6"]) + rows(["PageNumber": "2", "PageSize": "6"])
    #expect(seen.count == 12)
    #expect(Set(seen).count < 12)
  }

  @Test func `a member may be missing or have any value`() {
    inject(.missingField, operation: nil) { $0.field = "ExpiredTime" }
    #expect(caller.visibleExpiry(caller.dueGroup.id) == nil)
    inject(.setField, operation: nil) {
      $0.field = "Status"
      $0.value = "HIBERNATING"
    }
    let row = caller.call("GetAppInstanceGroup", ["AppInstanceGroupId": caller.dueGroup.id])
    #expect(row.json["AppInstanceGroupModels"]?["Status"]?.text == "HIBERNATING")
  }

  @Test func `truncated JSON is no JSON, and huge JSON is huge`() {
    inject(.truncated)
    #expect(caller.renew(caller.dueGroup.id).json == .null)
    inject(.huge) { $0.bytes = 1 << 20 }
    let reply = caller.renew(caller.dueGroup.id)
    #expect(reply.answer.body.count > 1 << 20)
    #expect(reply.json["OrderId"] != nil)
  }

  @Test func `a redirect goes where it is told`() {
    inject(.redirect) { $0.value = "http://127.0.0.1:9/" }
    let reply = caller.renew(caller.dueGroup.id)
    #expect(reply.status == 302)
    #expect(reply.header("location") == "http://127.0.0.1:9/")
  }
}

@Suite struct `The control interface` {
  private let caller = Caller()

  @Test func `it shows the order book`() {
    caller.renew(caller.dueGroup.id)
    let row = caller.control("GET", "/orders").json.elements?.first
    #expect(row?["status"]?.text == "Paid")
    #expect(row?["action"]?.text == "Renew")
    #expect(row?["keyExpiryBefore"]?.text != row?["expiryAfter"]?.text)
    #expect(caller.control("GET", "/state").json["paidOrders"]?.integer == 1)
    #expect(caller.control("GET", "/groups").json.elements?.count == 12)
    let request = caller.control("GET", "/requests").json.elements?.last
    #expect(request?["outcome"]?.text == "200")
    #expect(request?["nonce"]?.text == "nonce-1")
  }

  @Test func `it moves the clock`() {
    #expect(
      caller.control("POST", "/clock", #"{"advance":"72h"}"#).json["now"]?.text
        == "2030-01-05T03:04:05Z")
    caller.control("POST", "/clock", #"{"set":"2031-01-01T00:00:00Z"}"#)
    #expect(caller.server.now == time("2031-01-01T00:00:00Z"))
  }

  @Test func `it scripts faults and removes them`() {
    caller.control("POST", "/faults", #"{"kind":"hang","operation":"ListRegions","count":0}"#)
    #expect(caller.server.faults.map(\.kind) == [.hang])
    #expect(caller.server.faults.first?.count == nil)
    caller.control("DELETE", "/faults")
    #expect(caller.server.faults.isEmpty)
  }

  @Test func `a person in the console renews, pays and cancels`() {
    let id = caller.dueGroup.id
    let order = caller.control("POST", "/groups/\(id)/renew", #"{"period":1,"periodUnit":"Week"}"#)
    #expect(order.json["origin"]?.text == "console")
    #expect(order.json["status"]?.text == "Paid")
    caller.renew(id, autoPay: nil)
    caller.renew(id, autoPay: nil)
    let ids = caller.server.orders.map(\.id)
    caller.control("POST", "/orders/\(ids[1])/pay", "{}")
    caller.control("POST", "/orders/\(ids[2])/cancel", "{}")
    #expect(caller.server.orders.map(\.status) == [.paid, .paid, .cancelled])
    #expect(caller.control("POST", "/orders/\(ids[2])/pay", "{}").status == 409)
  }

  @Test func `it edits groups and settings`() {
    let id = caller.dueGroup.id
    caller.control("POST", "/settings", #"{"replicaLags":[0,60],"renewsExpired":true}"#)
    #expect(caller.server.settings.replicaLags == [0, 60])
    caller.control(
      "POST", "/groups/\(id)",
      #"{"name":"x","expiry":"2030-06-01T16:00:00Z","status":"CEASED","renewStatus":"AutoRenewal"}"#
    )
    #expect(caller.group(id)?.expiry == time("2030-06-01T16:00:00Z"))
    #expect(caller.group(id)?.shownStatus == "CEASED")
    #expect(caller.group(id)?.renewStatus == .auto)
  }

  @Test(arguments: [
    ("POST", "/faults", #"{"kind":"hag"}"#, 400), ("POST", "/faults", "{}", 400),
    ("POST", "/faults", #"{"kind":"hang","oparation":"ListRegions"}"#, 400),
    ("POST", "/faults", #"{"kind":"missingField"}"#, 400), ("POST", "/faults", "x", 400),
    ("POST", "/faults", #"{"kind":"huge","bytes":-1}"#, 400),
    ("POST", "/clock", #"{"advance":"soon"}"#, 400), ("POST", "/clock", "{}", 400),
    ("POST", "/settings", #"{"replicaLags":[]}"#, 400),
    ("POST", "/settings", #"{"replicaLags":[-1]}"#, 400),
    ("POST", "/groups/aig-none", #"{"name":"x"}"#, 404),
    ("POST", "/groups/aig-none/renew", "{}", 404), ("POST", "/orders/1/pay", "{}", 404),
    ("POST", "/account", #"{"balance":"-1"}"#, 400), ("POST", "/keys", #"{"id":"new"}"#, 400),
    ("GET", "/nothing", "", 404), ("PUT", "/orders", "", 404),
  ])
  func `a mistake is an error and changes nothing`(
    _ method: String, _ path: String, _ body: String, _ status: Int
  ) {
    let reply = caller.control(method, path, body)
    #expect(reply.status == status)
    #expect(reply.json["error"]?.text?.isEmpty == false)
    #expect(caller.server.faults.isEmpty)
    #expect(caller.server.now == Caller.start)
    #expect(caller.server.orders.isEmpty)
  }

  @Test(arguments: SandboxFault.Kind.allCases)
  func `the manual tells of every fault`(_ kind: SandboxFault.Kind) {
    let manual = String(decoding: caller.control("GET", "/").answer.body, as: UTF8.self)
    #expect(manual.split { !$0.isLetter }.contains(kind.rawValue[...]))
  }

  @Test func `no secret is ever shown`() {
    caller.control("POST", "/keys", #"{"id":"k","secret":"canary"}"#)
    for path in ["/state", "/groups", "/orders", "/requests"] {
      let text = String(decoding: caller.control("GET", path).answer.body, as: UTF8.self)
      #expect(!text.contains("canary") && !text.contains("testAccessKeySecret"))
    }
  }
}
