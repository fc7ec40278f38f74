/// What `action = "approve"` waits for.
package enum ApprovalWay: String, Hashable, Sendable, CaseIterable {
  /// A person approves first, then it is paid for.
  case wait
  /// The order is placed unpaid, and a person pays it in the console.
  case unpaidOrder = "unpaid-order"
}

/// What was announced, asked and said about the renewal of a group past one
/// expiry. Another expiry starts anew.
package struct Deliberation: Hashable, Sendable {
  package var expiry: Instant
  /// When the renewal was announced.
  package var noticedAt: Instant?
  /// The price that waits for a person's word.
  package var asked: Asked?
  package var approval: Approval?
  package var veto: Veto?

  package struct Asked: Hashable, Sendable {
    package var price: Money
    package var at: Instant

    package init(price: Money, at: Instant) {
      self.price = price
      self.at = at
    }
  }

  /// A person's yes, up to a price and for a time.
  package struct Approval: Hashable, Sendable {
    package var ceiling: Money
    package var at: Instant
    package var until: Instant
    package var actor: String
    package var reason: String

    package init(ceiling: Money, at: Instant, until: Instant, actor: String, reason: String) {
      self.ceiling = ceiling
      self.at = at
      self.until = until
      self.actor = actor
      self.reason = reason
    }

    package func covers(_ price: Money, at now: Instant) -> Bool {
      now < until && price.currency == ceiling.currency && price.minorUnits <= ceiling.minorUnits
    }
  }

  /// A person's no. It ends with the expiry that it is about.
  package struct Veto: Hashable, Sendable {
    package var at: Instant
    package var actor: String
    package var reason: String

    package init(at: Instant, actor: String, reason: String) {
      self.at = at
      self.actor = actor
      self.reason = reason
    }
  }

  package init(
    expiry: Instant, noticedAt: Instant? = nil, asked: Asked? = nil, approval: Approval? = nil,
    veto: Veto? = nil
  ) {
    self.expiry = expiry
    self.noticedAt = noticedAt
    self.asked = asked
    self.approval = approval
    self.veto = veto
  }
}
