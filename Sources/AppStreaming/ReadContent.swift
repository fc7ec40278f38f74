import RenewalCore

/// From the content of an answer to the values of the domain.
///
/// Unknown members are skipped and unknown words kept. What is needed and
/// missing, or cannot be read exactly, makes the whole answer unreadable: half
/// an answer must not look like a fleet that shrank.
extension CloudAnswer {
  init(_ read: CloudRead, _ content: JSONValue) throws(CloudFault) {
    switch read {
    case .groups(let page), .groupsNamed(_, let page):
      self = .groups(try GroupPage(content, page: page))
    case .group:
      // The name is a plural, the value one object (API reference, section 5.4).
      self = .group(try DeliveryGroup(try content.needed("AppInstanceGroupModels", \.object)))
    case .renewalPrice:
      let data = try content.needed("Data", \.object)
      self = .renewalPrice(try Quote(try data.needed("Price", \.object)))
    case .balance:
      self = .balance(try AccountBalance(try content.needed("Data", \.object)))
    case .renewalOrders(_, _, let page), .newOrders(_, _, let page):
      let data = try content.needed("Data", \.object)
      var orders: [OrderSummary] = []
      for row in data["OrderList"]?["Order"]?.elements ?? [] {
        orders.append(try OrderSummary(row))
      }
      self = .renewalOrders(
        OrderPage(orders: orders, page: page, total: try data.needed("TotalCount", \.integer)))
    case .order:
      let data = try content.needed("Data", \.object)
      var lines: [OrderLine] = []
      for row in data["OrderList"]?["Order"]?.elements ?? [] { lines.append(try OrderLine(row)) }
      self = .order(lines)
    case .nativeRenewal:
      let data = try content.needed("Data", \.object)
      var renewals: [NativeRenewal] = []
      for row in data["InstanceList"]?.elements ?? [] { renewals.append(try NativeRenewal(row)) }
      self = .nativeRenewal(renewals)
    case .newGroupPrice: self = .newGroupPrice(try Quote(ofNewGroup: content))
    case .capacity(let type, _):
      self = .capacity(try readInstanceTypes(content).first { $0.id == type }?.maximumCapacity)
    }
  }
}

extension GroupPage {
  init(_ content: JSONValue, page: Int) throws(CloudFault) {
    var groups: [DeliveryGroup] = []
    for row in content["AppInstanceGroupModels"]?.elements ?? [] {
      groups.append(try DeliveryGroup(row))
    }
    // Without the total nobody can tell a last page from a lost one.
    self.init(groups: groups, page: page, total: try content.needed("TotalCount", \.integer))
  }
}

extension DeliveryGroup {
  /// Fields as in the API reference, section 5.5.
  init(_ row: JSONValue) throws(CloudFault) {
    let pools = row["NodePool"]?.elements ?? []
    let expiryText = row.text("ExpiredTime")
    var tags: [String: String] = [:]
    for name in ["ResourceTags", "Tags"] {
      for tag in row[name]?.elements ?? [] { tags[tag.text("Key")] = tag.text("Value") }
    }
    self.init(
      id: GroupID(try row.needed("AppInstanceGroupId", \.nonEmptyString)),
      name: row.text("AppInstanceGroupName"), region: row.text("RegionId"),
      chargeType: CloudWord(row.text("ChargeType")), status: CloudWord(row.text("Status")),
      resourceStatus: row.text("ResourceStatus"),
      instanceType: pools.first?["NodeInstanceType"]?.string ?? row.text("AppInstanceType"),
      nodeAmount: pools.reduce(0) { $0 + max(0, min($1["NodeAmount"]?.integer ?? 0, 1 << 20)) },
      expiry: Instant(iso8601: expiryText), expiryText: expiryText, tags: tags)
  }
}

extension Quote {
  init(ofNewGroup content: JSONValue) throws(CloudFault) {
    // The other form, `PriceList`, answers for types of instances.
    let model = try content.needed("PriceModel", \.object)
    try self.init(try model.needed("Price", \.object))
  }

  /// A price that cannot be read to the last digit, or is below zero, is none.
  init(_ price: JSONValue) throws(CloudFault) {
    let currency = try price.currency()
    let trade = try price.amount("TradePrice", currency)
    guard trade.minorUnits >= 0 else { throw .unreadable("a TradePrice below zero") }
    self.init(
      price: trade,
      listPrice: price["OriginalPrice"] == nil
        ? nil : try price.amount("OriginalPrice", currency),
      promotions: (price["Promotions"]?.elements ?? []).compactMap { $0["PromotionId"]?.string })
  }
}

extension AccountBalance {
  init(_ data: JSONValue) throws(CloudFault) {
    let currency = try data.currency()
    let nothing = Money(minorUnits: 0, currency: currency)
    self.init(
      available: try data.amount("AvailableAmount", currency),
      cash: data["AvailableCashAmount"] == nil
        ? nothing : try data.amount("AvailableCashAmount", currency),
      credit: data["CreditAmount"] == nil ? nothing : try data.amount("CreditAmount", currency))
  }
}

extension OrderSummary {
  init(_ row: JSONValue) throws(CloudFault) {
    self.init(
      id: OrderID(try row.needed("OrderId", \.nonEmptyString)),
      status: CloudWord(row.text("PaymentStatus")),
      created: Instant(iso8601: row.text("CreateTime")),
      amount: row.orderAmount)
  }
}

extension OrderLine {
  init(_ row: JSONValue) throws(CloudFault) {
    self.init(
      id: OrderID(try row.needed("OrderId", \.nonEmptyString)),
      status: CloudWord(row.text("PaymentStatus")), instances: instanceIDs(row["InstanceIDs"]),
      amount: row.orderAmount, usageEnd: Instant(iso8601: row.text("UsageEndTime")),
      operatorName: row.text("Operator"))
  }
}

/// One text in the vendor's client; whether ids are separated by commas or
/// written as a JSON list, nobody has shown (section 7).
private func instanceIDs(_ value: JSONValue?) -> [String] {
  guard let value else { return [] }
  if value.isArray { return value.elements.compactMap(\.nonEmptyString) }
  let text = value.string ?? ""
  if let list = JSONText(Array(text.utf8))?.root, list.isArray {
    return list.elements.compactMap(\.nonEmptyString)
  }
  return text.split { $0 == "," || $0 == " " }.map(String.init)
}

extension NativeRenewal {
  init(_ row: JSONValue) throws(CloudFault) {
    self.init(
      instance: try row.needed("InstanceID", \.nonEmptyString),
      status: CloudWord(row.text("RenewStatus")), end: Instant(iso8601: row.text("EndTime")))
  }
}

extension JSONValue {
  var nonEmptyString: String? { string.flatMap { $0.isEmpty ? nil : $0 } }
  var object: JSONValue? { isObject ? self : nil }
  var array: JSONValue? { isArray ? self : nil }

  /// Empty where the member is missing or no text.
  func text(_ name: String) -> String { self[name]?.string ?? "" }

  func needed<Value>(
    _ name: String, _ kind: (JSONValue) -> Value?
  ) throws(CloudFault) -> Value {
    guard let value = self[name].flatMap(kind) else {
      throw .unreadable("\(name) is missing or not of its kind")
    }
    return value
  }

  func currency() throws(CloudFault) -> Currency {
    guard let currency = Currency(text("Currency")) else {
      throw .unreadable("Currency is missing or no currency")
    }
    return currency
  }

  func amount(_ name: String, _ currency: Currency) throws(CloudFault) -> Money {
    do { return try Money(decimal: text(name), currency: currency) } catch {
      throw .unreadable("\(name): \(error)")
    }
  }

  /// What the order cost, where it can be told exactly; evidence only.
  fileprivate var orderAmount: Money? {
    Currency(text("Currency")).flatMap {
      try? Money(decimal: text("PretaxAmount"), currency: $0)
    }
  }
}
