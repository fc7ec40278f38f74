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

/// One renewal, one order, or both.
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
  ///   - orders: of the month.
  package init(
    _ renewals: [RenewalReport], _ reply: OrdersCall.Reply
  ) {
    account = reply.account
    month = reply.month
    rows = []
    var open = renewals.filter { $0.paid != nil || $0.order != nil || $0.isOpen }
    for order in reply.orders {
      let index =
        open.firstIndex { $0.order == order.order }
        ?? open.firstIndex { $0.isPlausible(for: order) }
      let renewal = index.map { open.remove(at: $0) }
      // A cancelled order costs nobody anything.
      guard renewal != nil || order.status != PaymentStatus.cancelled.rawValue else { continue }
      rows.append(ReconciledOrder(renewal, order))
    }
    for renewal in open where renewal.openedAt >= month.from && renewal.openedAt < month.to {
      rows.append(ReconciledOrder(onlyHere: renewal))
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

extension RenewalReport {
  /// Whether an order may be that of a renewal whose answer, with the order's
  /// number, was lost.
  fileprivate func isPlausible(for order: OrderReport) -> Bool {
    guard self.order == nil, order.groups.contains(group), let created = order.createdAt
    else { return false }
    return (created.instant - openedAt.instant).magnitude <= .hours(1)
  }
}

extension ReconciledOrder {
  fileprivate init(_ renewal: RenewalReport?, _ order: OrderReport) {
    let isPaidThere = order.status == PaymentStatus.paid.rawValue
    self.init(
      verdict: Term(.agrees), group: renewal?.group ?? order.groups.first, order: order.order,
      at: order.createdAt ?? renewal?.openedAt, ledger: renewal?.paid,
      cloud: isPaidThere ? order.amount : nil, note: "")
    guard let renewal else {
      verdict = Term(.onlyThere)
      note = "\(order.status), and not an order of this daemon"
      return
    }
    if isPaidThere != (renewal.paid != nil) {
      verdict = Term(.stateDiffers)
      note = "\(order.status) there, \(words(renewal.state)) here"
    } else if let cloud, let ledger, cloud != ledger {
      verdict = Term(.amountDiffers)
      note = "\(cloud) there, \(ledger) here"
    } else if renewal.order == nil {
      note = "found by its group and time: the answer with its number was lost"
    }
  }

  fileprivate init(onlyHere renewal: RenewalReport) {
    self.init(
      verdict: Term(.onlyHere), group: renewal.group, order: renewal.order, at: renewal.openedAt,
      ledger: renewal.paid, cloud: nil,
      note: "\(words(renewal.state)) here, and the cloud lists no such order")
  }
}
