/// One row of the order book, the sandbox's own truth about money.
package struct SandboxOrder: Hashable, Sendable {
  package enum Action: String, Sendable, CaseIterable {
    case create = "Create"
    case renew = "Renew"
    /// More nodes for the running term.
    case expand = "Expand"
  }

  package enum Status: String, Sendable, CaseIterable {
    case unpaid = "Unpaid"
    case paid = "Paid"
    /// By a call, by the console or because its time to be paid ran out.
    case cancelled = "Cancelled"
    /// Named in an answer although it could not be placed; nothing is owed.
    case failed = "Failed"
  }

  /// Who asked for it.
  package enum Origin: Hashable, Sendable {
    /// A call signed by this key.
    case key(String)
    /// The cloud's own auto-renewal.
    case autoRenewal
    /// A person in the console: here, the control interface.
    case console

    package var text: String {
      switch self {
      case .key(let id): "key:\(id)"
      case .autoRenewal: "auto-renewal"
      case .console: "console"
      }
    }
  }

  package var id: String
  package var group: String
  package var action: Action
  package var term: Term
  package var amount: Amount
  package var currency: String
  package var status: Status
  package var origin: Origin
  package var created: CloudTime
  package var paid: CloudTime?
  /// The group's true expiry when the order was placed: what the order is for.
  package var expiryBefore: CloudTime?
  /// Set by payment.
  package var expiryAfter: CloudTime?
  /// How many nodes an `expand` adds.
  var addedNodes = 0
}
