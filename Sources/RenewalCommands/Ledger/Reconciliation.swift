import ControlProtocol
import RenewalCore

/// The ledger of a month beside the orders of the cloud's billing.
package struct Reconciliation: Codable, Hashable, Sendable {
  package var account: AccountName
  package var month: MonthReport
  package var rows: [ReconciledOrder]
  /// How many rows agree.
  package var agreeing: Int
  /// What the ledger says was paid, and what the cloud's paid orders add up to.
  package var ledger: [Money]
  package var cloud: [Money]
}

/// One renewal or order of a new group, one order of the cloud, or both.
package struct ReconciledOrder: Codable, Hashable, Sendable {
  package var verdict: Term<Verdict>
  package var group: GroupID?
  package var order: OrderID?
  /// Opened here, or created there.
  package var at: Timestamp?
  /// What the ledger counts as paid.
  package var ledger: Money?
  package var cloud: Money?
  /// For people.
  package var note: String

  package enum Verdict: String, Codable, CaseIterable, Hashable, Sendable {
    case agrees
    /// The ledger has it, and the cloud has no such order.
    case onlyHere
    /// The cloud has it, and the ledger has no such order.
    case onlyThere
    case amountDiffers
    /// One side says that it is paid, and the other does not.
    case stateDiffers
  }
}

extension Reconciliation {
  /// - Parameters:
  ///   - renewals: of the account, some days around the month: an order is made
  ///     a moment after the request was signed, which may be next month's.
  ///   - creations: likewise.
  ///   - reply: the orders of the month.
  package init(
    _ renewals: [RenewalReport], _ creations: [CreationReport], _ reply: OrdersCall.Reply
  ) {
    account = reply.account
    month = reply.month
    rows = []
    var open =
      (renewals.map { Purchase($0) } + creations.filter(\.isSubscription).map { Purchase($0) })
      .filter { $0.paid != nil || $0.order != nil || $0.isOpen }
    for order in reply.orders {
      let index =
        open.firstIndex { $0.order == order.order }
        ?? open.firstIndex { $0.isPlausible(for: order) }
      let purchase = index.map { open.remove(at: $0) }
      // A cancelled order costs nobody anything.
      guard purchase != nil || order.status != PaymentStatus.cancelled.rawValue else { continue }
      rows.append(ReconciledOrder(purchase, order))
    }
    for purchase in open where purchase.openedAt >= month.from && purchase.openedAt < month.to {
      rows.append(ReconciledOrder(onlyHere: purchase))
    }
    rows.sort {
      ($0.at?.description ?? "", $0.order?.text ?? "") < (
        $1.at?.description ?? "", $1.order?.text ?? ""
      )
    }
    agreeing = rows.count { $0.verdict == .agrees }
    ledger = sums(rows.compactMap(\.ledger))
    cloud = sums(rows.compactMap(\.cloud))
  }
}

/// What the ledger has of one order.
private struct Purchase {
  /// Of a new group, where it is not known yet, nothing.
  var group: GroupID?
  var order: OrderID?
  var paid: Money?
  var state: Term<RenewalReport.State>
  var isOpen: Bool
  var openedAt: Timestamp
  /// Of a new group.
  var newName: String?

  init(_ renewal: RenewalReport) {
    (group, order, paid) = (renewal.group, renewal.order, renewal.paid)
    (state, isOpen, openedAt) = (renewal.state, renewal.isOpen, renewal.openedAt)
  }

  init(_ creation: CreationReport) {
    (group, order, paid) = (creation.group, creation.order, creation.paid)
    (state, isOpen, openedAt) = (creation.state, creation.isOpen, creation.openedAt)
    newName = creation.name
  }

  /// Whether an order may be the one whose answer, with the order's number, was
  /// lost.
  func isPlausible(for order: OrderReport) -> Bool {
    guard self.order == nil, (order.type == OrderReport.newType) == (newName != nil),
      group.map(order.groups.contains) ?? true, let created = order.createdAt
    else { return false }
    return (created.instant - openedAt.instant).magnitude <= .hours(1)
  }
}

extension ReconciledOrder {
  fileprivate init(_ purchase: Purchase?, _ order: OrderReport) {
    let isPaidThere = order.status == PaymentStatus.paid.rawValue
    self.init(
      verdict: Term(.agrees), group: purchase?.group ?? order.groups.first, order: order.order,
      at: order.createdAt ?? purchase?.openedAt, ledger: purchase?.paid,
      cloud: isPaidThere ? order.amount : nil, note: "")
    guard let purchase else {
      verdict = Term(.onlyThere)
      note = "\(order.status), and not an order of this daemon"
      return
    }
    if isPaidThere != (purchase.paid != nil) {
      verdict = Term(.stateDiffers)
      note = "\(order.status) there, \(words(purchase.state)) here"
    } else if let cloud, let ledger, cloud != ledger {
      verdict = Term(.amountDiffers)
      note = "\(cloud) there, \(ledger) here"
    } else if purchase.order == nil {
      note = "found by its group and time: the answer with its number was lost"
    }
    name(purchase)
  }

  fileprivate init(onlyHere purchase: Purchase) {
    self.init(
      verdict: Term(.onlyHere), group: purchase.group, order: purchase.order,
      at: purchase.openedAt, ledger: purchase.paid, cloud: nil,
      note: "\(words(purchase.state)) here, and the cloud lists no such order")
    name(purchase)
  }

  private mutating func name(_ purchase: Purchase) {
    guard let name = purchase.newName else { return }
    note = "new group '\(name)'" + (note.isEmpty ? "" : ": \(note)")
  }
}
