extension Cloud {
  // What billing calls App Streaming is not published (API reference, section 7);
  // these are the sandbox's words. It knows a group by its id here.
  static let productCode = "appstreaming"
  static let productType = "appstreaming_group"

  /// Billing's envelope. Refusals of what was asked come with status 200 as well.
  private func success(_ data: WireJSON? = nil) -> WireJSON {
    .present([
      "Success": true, "Code": "Success", "Message": "Successful!", "Data": data,
    ])
  }

  private func failure(_ code: String, _ message: String) -> WireJSON {
    ["Success": false, "Code": .string(code), "Message": .string(message)]
  }

  /// QueryAccountBalance: amounts are texts with thousands separators.
  func queryBalance() -> WireJSON {
    func text(_ amount: Amount) -> WireJSON {
      .string(amount.text(currency: currency, separators: true))
    }
    var answer = success([
      "AvailableAmount": text(balance + credit), "AvailableCashAmount": text(max(balance, .zero)),
      "CreditAmount": text(credit), "MybankCreditAmount": text(.zero), "QuotaLimit": text(.zero),
      "Currency": .string(currency),
    ])
    answer["Code"] = "200"
    return answer
  }

  /// QueryAvailableInstances: the only call that tells about native auto-renewal.
  func queryInstances(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    let page = try parameters.integer("PageNum", in: 1...1_000_000) ?? 1
    let size = try parameters.integer("PageSize", in: 1...300) ?? 20
    let ids = try parameters.instanceIDs()
    if parameters["Region"] != nil, parameters["ProductCode"] == nil {
      throw .missing("ProductCode")
    }
    let renewStatus = try parameters.word("RenewStatus", SandboxGroup.RenewStatus.self)
    let ends = try parameters.window("EndTimeStart", "EndTimeEnd")
    let creations = try parameters.window("CreateTimeStart", "CreateTimeEnd")
    let found = groups.filter { group in
      group.exists && stage(of: group, at: call.now) != .released
        && (ids.isEmpty || ids.contains(group.id))
        && (parameters["ProductCode"] ?? Self.productCode) == Self.productCode
        && (parameters["ProductType"] ?? Self.productType) == Self.productType
        && (parameters["SubscriptionType"] ?? group.subscriptionType) == group.subscriptionType
        && (parameters["Region"] ?? group.region) == group.region
        && (renewStatus ?? group.renewStatus) == group.renewStatus
        && creations.contains(group.created)
        && (ends.isOpen || group.expiry.map(ends.contains) == true)
    }
    let rows = found.dropFirst((page - 1) * size).prefix(size).map { instanceRow($0, at: call.now) }
    return success([
      "InstanceList": .array(Array(rows)), "PageNum": .integer(page), "PageSize": .integer(size),
      "TotalCount": .integer(found.count),
    ])
  }

  private func instanceRow(_ group: SandboxGroup, at now: CloudTime) -> WireJSON {
    let renews = group.renewStatus == .auto
    let term = group.renewTerm
    return .present([
      "InstanceID": .string(group.id), "ProductCode": .string(Self.productCode),
      "ProductType": .string(Self.productType), "Region": .string(group.region),
      "OwnerId": .integer(Int(accountNumber) ?? 0), "Seller": "26842",
      "Status": stage(of: group, at: now) == .running ? "Normal" : "Expired",
      "SubStatus": stage(of: group, at: now) == .running ? "Normal" : "Expired",
      "SubscriptionType": .string(group.subscriptionType),
      "CreateTime": .string(group.created.description),
      "EndTime": group.expiry.map { .string($0.description) },
      "StopTime": group.expiry.map { .string($0.description) },
      "ReleaseTime": group.expiry.map { .string(($0 + settings.releaseAfter).description) },
      "ExpectedReleaseTime": group.expiry.map {
        .string(($0 + settings.releaseAfter).description)
      },
      "RenewStatus": .string(group.renewStatus.rawValue),
      "RenewalDuration": renews ? .integer(term.count) : nil,
      "RenewalDurationUnit": renews ? (term.unit == .year ? "Y" : "M") : nil,
    ])
  }

  /// QueryOrders: without a window, the last hour only.
  func queryOrders(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    let page = try parameters.integer("PageNum", in: 1...1_000_000) ?? 1
    let size = try parameters.integer("PageSize", in: 1...300) ?? 20
    var window = try parameters.window("CreateTimeStart", "CreateTimeEnd")
    if parameters["CreateTimeStart"] == nil { window.start = call.now + -3600 }
    try parameters.check("PaymentStatus", against: ["Unpaid", "Paid", "Cancelled"])
    let found = orders.reversed().filter { order in
      window.contains(order.created) && order.created + call.staleness <= call.now
        && (parameters["OrderType"] ?? order.billingType) == order.billingType
        && (parameters["PaymentStatus"] ?? order.paymentStatus) == order.paymentStatus
        && (parameters["ProductCode"] ?? Self.productCode) == Self.productCode
        && (parameters["ProductType"] ?? Self.productType) == Self.productType
        && (parameters["SubscriptionType"] ?? "Subscription") == "Subscription"
    }
    let rows = found.dropFirst((page - 1) * size).prefix(size).map(orderRow)
    return success([
      "HostName": "sandbox", "OrderList": ["Order": .array(Array(rows))],
      "PageNum": .integer(page), "PageSize": .integer(size), "TotalCount": .integer(found.count),
    ])
  }

  /// GetOrderDetail: the only call that tells which group an order is for.
  func orderDetail(_ call: Call) throws(Refusal) -> WireJSON {
    let id = try call.parameters.required("OrderId")
    guard
      let order = orders.first(where: {
        $0.id == id && $0.created + call.staleness <= call.now
      })
    else { return failure("OrderNotExist", "The order \(id) does not exist.") }
    var row = orderRow(order)
    row["SubOrderId"] = .string(order.id)
    row["InstanceIDs"] = .string(order.group)
    row["Quantity"] = "1"
    row["Region"] = .string(groupIndex(order.group).map { groups[$0].region } ?? "")
    row["Operator"] = .string(accountNumber)
    let start = order.expiryBefore ?? order.paid ?? order.created
    row["UsageStartTime"] = .string(start.description)
    row["UsageEndTime"] = .string((order.expiryAfter ?? order.term.end(from: start)).description)
    return success([
      "HostName": "sandbox", "OrderList": ["Order": [row]], "PageNum": 1, "PageSize": 20,
      "TotalCount": 1,
    ])
  }

  private func orderRow(_ order: SandboxOrder) -> WireJSON {
    let amount = WireJSON.string(order.amount.text(currency: order.currency))
    return .present([
      "OrderId": .string(order.id), "OrderType": .string(order.billingType),
      "PaymentStatus": .string(order.paymentStatus),
      "CreateTime": .string(order.created.description),
      "PaymentTime": order.paid.map { .string($0.description) },
      "Currency": .string(order.currency), "PaymentCurrency": .string(order.currency),
      "PretaxAmount": amount, "PretaxGrossAmount": amount, "PretaxAmountLocal": amount,
      "AfterTaxAmount": amount, "Tax": .string(Amount.zero.text(currency: order.currency)),
      "ProductCode": .string(Self.productCode), "ProductType": .string(Self.productType),
      "CommodityCode": .string(Self.productType), "SubscriptionType": "Subscription",
    ])
  }

  /// CancelOrder: unpaid orders only.
  mutating func cancelOrder(_ call: Call) throws(Refusal) -> WireJSON {
    let id = try call.parameters.required("OrderId")
    guard let index = orders.firstIndex(where: { $0.id == id }) else {
      return failure("OrderNotExist", "The order \(id) does not exist.")
    }
    guard orders[index].status == .unpaid else {
      return failure("OrderStatusInvalid", "Only an unpaid order can be cancelled.")
    }
    orders[index].status = .cancelled
    return success(["HostId": "sandbox"])
  }

  /// SetRenewal: switches native auto-renewal.
  mutating func setRenewal(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    let ids = try parameters.instanceIDs()
    guard !ids.isEmpty else { throw .missing("InstanceIDs") }
    guard try parameters.required("ProductCode") == Self.productCode else {
      return failure("ProductNotFind", "The product is not known; it is \(Self.productCode).")
    }
    guard let status = try parameters.word("RenewalStatus", SandboxGroup.RenewStatus.self) else {
      throw .missing("RenewalStatus")
    }
    var term: Term?
    if status == .auto {
      let period = try parameters.requiredInteger("RenewalPeriod")
      let unit = try parameters.required("RenewalPeriodUnit")
      try parameters.check("RenewalPeriodUnit", against: ["M", "Y"])
      term = unit == "Y" ? Term(period, .year) : Term(period, .month)
      if term == Term(12, .month) { term = Term(1, .year) }
      guard term?.isSold == true else { throw .invalid("RenewalPeriod", "is not on sale") }
    }
    let found = ids.compactMap(groupIndex).filter { groups[$0].expiry != nil && groups[$0].exists }
    guard found.count == ids.count else {
      return failure("InstanceNotExist", "An instance does not exist or is no subscription.")
    }
    for index in found {
      groups[index].renewStatus = status
      groups[index].renewTerm = term ?? groups[index].renewTerm
      groups[index].autoRenewalSince = call.now
    }
    return success()
  }
}

extension SandboxOrder {
  /// Billing's words.
  fileprivate var billingType: String {
    switch action {
    case .create: "New"
    case .renew: "Renew"
    case .expand: "Upgrade"
    }
  }

  fileprivate var paymentStatus: String {
    switch status {
    case .unpaid: "Unpaid"
    case .paid: "Paid"
    case .cancelled, .failed: "Cancelled"
    }
  }
}

extension SandboxGroup {
  fileprivate var subscriptionType: String {
    chargeType == .prePaid ? "Subscription" : "PayAsYouGo"
  }
}

/// From one instant to another, both included; open where an end is `nil`.
private struct Window {
  var start: CloudTime?
  var end: CloudTime?

  var isOpen: Bool { start == nil && end == nil }

  func contains(_ time: CloudTime) -> Bool {
    (start.map { $0 <= time } ?? true) && (end.map { time <= $0 } ?? true)
  }
}

extension Parameters {
  fileprivate func window(_ start: String, _ end: String) throws(Refusal) -> Window {
    Window(start: try time(start), end: try time(end))
  }

  private func time(_ name: String) throws(Refusal) -> CloudTime? {
    guard let text = self[name] else { return nil }
    guard text.hasSuffix("Z"), let time = CloudTime(text) else {
      throw .invalid(name, "must look like 2030-01-02T03:04:05Z")
    }
    return time
  }

  /// At most 100, separated by commas.
  fileprivate func instanceIDs() throws(Refusal) -> [String] {
    let ids = self["InstanceIDs"]?.split(separator: ",").map(String.init) ?? []
    guard ids.count <= 100 else { throw .invalid("InstanceIDs", "names more than 100 instances") }
    return ids
  }
}
