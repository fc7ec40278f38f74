extension Cloud {
  /// RenewAppInstanceGroup (API reference, section 5.1).
  mutating func renewGroup(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let index = try renewableGroup(call)
    let term = try parameters.term()
    let autoPay = try parameters.boolean("AutoPay") ?? false
    let promotion = try parameters.promotion()
    if isWorkedOn(index, at: call.now) {
      return [
        "Code": "SYSTEM.CONCURRENT_OPERATE",
        "Message": "Another order of the delivery group is being processed.",
      ]
    }
    // Exist in the newest clients without any explanation: read and ignored.
    _ = try parameters.integer("RenewAmount", in: 1...Int.max)
    guard term.isSold else {
      // Accepted by the call, refused by the order: both in one answer with status 200.
      let order = placeOrder(
        .renew, group: index, term: term, amount: .zero, origin: .key(call.keyID ?? ""),
        at: call.now)
      orders[order].status = .failed
      return [
        "Code": "COMMODITY.INVALID_COMPONENT",
        "Message": "\(term.count) \(term.unit.rawValue) is not on sale.",
        "OrderId": .string(orders[order].id),
      ]
    }
    let order = placeOrder(
      .renew, group: index, term: term,
      amount: quote(groups[index], term, promotion: promotion).trade,
      origin: .key(call.keyID ?? ""), at: call.now)
    if autoPay { try pay(order, at: call.now) }
    return ["OrderId": .string(orders[order].id)]
  }

  /// Whether an order of the group is younger than the time that one takes.
  private func isWorkedOn(_ index: Int, at now: CloudTime) -> Bool {
    settings.orderTime > 0
      && orders.contains {
        $0.group == groups[index].id && $0.created + settings.orderTime > now
      }
  }

  /// GetResourceRenewPrice (API reference, section 5.6): prices the whole group.
  func renewalPrice(_ call: Call) throws(Refusal) -> WireJSON {
    try call.parameters.requireProductType()
    let index = try renewableGroup(call)
    let term = try call.parameters.term()
    guard term.isSold else {
      throw .invalid("Period", "is not on sale: \(term.count) \(term.unit.rawValue)")
    }
    return ["Data": priceModel(quote(groups[index], term))]
  }

  /// The group that a renewal is for, by the cloud's own truth, which may be ahead
  /// of what readers see.
  private func renewableGroup(_ call: Call) throws(Refusal) -> Int {
    let id = try call.parameters.required("AppInstanceGroupId")
    guard let index = groupIndex(id), groups[index].exists else { throw .noSuchGroup(id) }
    guard groups[index].chargeType == .prePaid else {
      throw Refusal(
        400, "InvalidAppInstanceGroup.ChargeType", "Only subscriptions can be renewed.")
    }
    switch stage(of: groups[index], at: call.now) {
    case .running: return index
    case .expired where settings.renewsExpired: return index
    case .released: throw .noSuchGroup(id)
    case .expired, .recycling:
      throw Refusal(400, "InvalidAppInstanceGroup.Expired", "The delivery group \(id) is expired.")
    }
  }

  func priceModel(_ quote: Quote) -> WireJSON {
    func text(_ amount: Amount) -> WireJSON { .string(amount.text(currency: currency)) }
    return [
      "Price": [
        "Currency": .string(currency), "OriginalPrice": text(quote.original),
        "DiscountPrice": text(quote.discount), "TradePrice": text(quote.trade),
        "Promotions": [
          [
            "PromotionId": .string(Catalogue.promotion), "PromotionName": "A tenth off",
            "PromotionDesc": "A tenth off the price of this order.",
            "OptionCode": "sandbox_tenth_off", "Selected": false,
          ]
        ],
      ],
      "Rules": [],
    ]
  }
}

extension Parameters {
  /// `PeriodUnit` is case-sensitive (API reference, section 5.1).
  func term() throws(Refusal) -> Term {
    let count = try requiredInteger("Period", in: 1...99)
    guard let unit = try word("PeriodUnit", Term.Unit.self) else { throw .missing("PeriodUnit") }
    return Term(count, unit)
  }

  func promotion() throws(Refusal) -> String? {
    guard let id = self["PromotionId"] else { return nil }
    guard id == Catalogue.promotion else { throw .invalid("PromotionId", "is not on offer") }
    return id
  }
}
