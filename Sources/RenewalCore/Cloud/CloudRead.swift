/// A question to the cloud that costs nothing and may be repeated.
package enum CloudRead: Hashable, Sendable {
  /// One page of all delivery groups, counting from 1, 100 a page.
  case groups(page: Int)
  case group(GroupID)
  case renewalPrice(GroupID, BillingPeriod)
  /// Billing: what the account can still spend.
  case balance
  /// Billing: one page of renewal orders created in a window. The window is
  /// always explicit, because the service's own default is the last hour.
  case renewalOrders(from: Instant, to: Instant, page: Int)
  /// Billing: the lines of one order.
  case order(OrderID)
  /// Billing: whether the cloud renews these groups by itself.
  case nativeRenewal([GroupID])
  /// One page of the groups whose names contain a text, 100 a page.
  case groupsNamed(String, page: Int)
  /// What a new group would cost.
  case newGroupPrice(GroupOrder)
  /// The most sessions that a node of a type carries.
  case capacity(instanceType: String, region: String)
  /// Billing: as `renewalOrders`, for orders of what is new.
  case newOrders(from: Instant, to: Instant, page: Int)
}

/// What a read brought.
package enum CloudAnswer: Hashable, Sendable {
  case groups(GroupPage)
  case group(DeliveryGroup)
  case renewalPrice(Quote)
  case balance(AccountBalance)
  /// For new orders as well.
  case renewalOrders(OrderPage)
  case order([OrderLine])
  case nativeRenewal([NativeRenewal])
  case newGroupPrice(Quote)
  /// `nil` where the cloud names none.
  case capacity(Int?)
}

/// The end of one read, with what every answer of the cloud carries.
package struct ReadReply: Hashable, Sendable {
  package var result: Result<CloudAnswer, CloudFault>
  /// The `Date` header of the answer: the cloud's clock, the only one by which
  /// the renewal protocol measures. `nil` where no answer came.
  package var serverTime: Instant?
  /// Empty where no answer came. Support asks for it.
  package var requestID: String

  package init(
    _ result: Result<CloudAnswer, CloudFault>, serverTime: Instant?, requestID: String = ""
  ) {
    self.result = result
    self.serverTime = serverTime
    self.requestID = requestID
  }
}

/// One page of a walk over all groups. A walk is not a snapshot: rows may
/// repeat or be missed while groups come and go.
package struct GroupPage: Hashable, Sendable {
  package var groups: [DeliveryGroup]
  package var page: Int
  /// How many groups there are over all pages, as the cloud says.
  package var total: Int

  package init(groups: [DeliveryGroup], page: Int, total: Int) {
    self.groups = groups
    self.page = page
    self.total = total
  }
}

/// A price, as `GetResourceRenewPrice` and `GetResourcePrice` name it.
package struct Quote: Hashable, Sendable {
  /// `TradePrice`: what would be charged.
  package var price: Money
  package var listPrice: Money
  package var promotions: [String]

  package init(price: Money, listPrice: Money? = nil, promotions: [String] = []) {
    self.price = price
    self.listPrice = listPrice ?? price
    self.promotions = promotions
  }
}

package struct AccountBalance: Hashable, Sendable {
  /// What can be spent, credit included.
  package var available: Money
  package var cash: Money
  package var credit: Money

  package init(available: Money, cash: Money, credit: Money) {
    self.available = available
    self.cash = cash
    self.credit = credit
  }
}

/// An order of the billing service, by the number that the cloud gave it.
/// Fifteen digits and more: always text.
package struct OrderID: Hashable, Sendable, Codable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  package var text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral value: String) { text = value }

  package init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  package var description: String { text }
}

package enum PaymentStatus: String, Hashable, Sendable, CaseIterable {
  case unpaid = "Unpaid"
  case paid = "Paid"
  case cancelled = "Cancelled"
}

/// One row of `QueryOrders`: it does not name the group.
package struct OrderSummary: Hashable, Sendable {
  package var id: OrderID
  package var status: CloudWord<PaymentStatus>
  package var created: Instant?
  package var amount: Money?

  package init(
    id: OrderID, status: CloudWord<PaymentStatus>, created: Instant?, amount: Money? = nil
  ) {
    self.id = id
    self.status = status
    self.created = created
    self.amount = amount
  }
}

package struct OrderPage: Hashable, Sendable {
  package var orders: [OrderSummary]
  package var page: Int
  package var total: Int

  package init(orders: [OrderSummary], page: Int, total: Int) {
    self.orders = orders
    self.page = page
    self.total = total
  }
}

/// One line of `GetOrderDetail`: what was bought, for which groups.
package struct OrderLine: Hashable, Sendable {
  package var id: OrderID
  package var status: CloudWord<PaymentStatus>
  /// The ids that billing uses for the groups of the line.
  package var instances: [String]
  package var amount: Money?
  /// Until when the order extends the service.
  package var usageEnd: Instant?
  /// Who placed it, where billing says so.
  package var operatorName: String

  package init(
    id: OrderID, status: CloudWord<PaymentStatus>, instances: [String], amount: Money? = nil,
    usageEnd: Instant? = nil, operatorName: String = ""
  ) {
    self.id = id
    self.status = status
    self.instances = instances
    self.amount = amount
    self.usageEnd = usageEnd
    self.operatorName = operatorName
  }
}

extension [OrderLine] {
  /// What an order cost, over all its lines; `nil` where one does not say.
  package func amount(of order: OrderID) -> Money? {
    let amounts = filter { $0.id == order }.map(\.amount)
    guard let first = amounts.first ?? nil else { return nil }
    return try? amounts.dropFirst().reduce(first) { sum, amount in
      guard let amount else { throw MoneyError.tooLarge }
      return try sum.adding(amount)
    }
  }
}

package enum RenewStatus: String, Hashable, Sendable, CaseIterable {
  case automatic = "AutoRenewal"
  case manual = "ManualRenewal"
  case never = "NotRenewal"
}

/// Whether the cloud itself renews a group.
package struct NativeRenewal: Hashable, Sendable {
  package var instance: String
  package var status: CloudWord<RenewStatus>
  package var end: Instant?

  package init(instance: String, status: CloudWord<RenewStatus>, end: Instant? = nil) {
    self.instance = instance
    self.status = status
    self.end = end
  }
}
