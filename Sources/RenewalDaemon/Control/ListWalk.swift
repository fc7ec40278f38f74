import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// One page of the list, gathered a piece at a time.
///
/// The first page also counts everything that fits, and hands the count on in
/// the place where the next page begins: a fleet is walked over once for the
/// count and once for the pages, not once for each page. Belongs to the queue
/// that owns the state.
final class ListWalk: @unchecked Sendable {
  private let call: ListCall
  private let name: Glob?
  private let limit: Int
  private var position: GroupKey?
  private var groups: [GroupReport] = []
  /// `nil` while it is being counted.
  private let knownTotal: Int?
  private var counted = 0
  private var hasMore = false

  /// Groups that are looked at in one piece: some milliseconds.
  private static let piece = 500

  /// - Throws: `InvalidParameter` for a place that no page gave.
  init(_ call: ListCall) throws(VarlinkError) {
    self.call = call
    name = call.name.map { Glob($0) }
    limit = try call.limit.within(1...500, else: 500)
    guard let after = call.after else {
      knownTotal = nil
      return
    }
    guard let place = Place(text: after) else { throw .invalidParameter("after") }
    position = place.key
    knownTotal = place.total
  }

  /// Goes on by one piece.
  ///
  /// - Returns: the page, once it is complete.
  func advance(_ service: ControlService) throws -> ListCall.Reply? {
    let rows = try service.engine.store.read { try $0.groups(after: position, limit: Self.piece) }
    for row in rows where fits(row, service) {
      counted += 1
      if groups.count < limit { groups.append(try service.report(row)) } else { hasMore = true }
    }
    position = rows.last?.record.key
    let isOver = rows.count < Self.piece || (hasMore && knownTotal != nil)
    guard isOver else { return nil }
    let total = knownTotal ?? counted
    let last = hasMore ? groups.last : nil
    return ListCall.Reply(
      groups: groups, total: total,
      next: last.map {
        Place(total: total, key: GroupKey(account: $0.account, group: $0.id)).text
      })
  }

  private func fits(_ row: GroupRow, _ service: ControlService) -> Bool {
    let group = row.record.latest
    return (call.account.map { $0 == row.record.account } ?? true)
      && (call.region.map { $0 == group.region } ?? true)
      && (name.map { $0.matches(group.name) } ?? true)
      && (call.states.map { $0.contains(GroupReport.State(row.standing)) } ?? true)
      && (call.expiresBefore.map { limit in group.expiry.map { $0 < limit.instant } ?? false }
        ?? true)
      && (call.rule.map {
        $0 == service.engine.settings.policy.rule(for: group, of: row.record.account)?.name
      } ?? true)
  }

  /// Where a page begins: behind a group, with the count of the first page.
  private struct Place {
    var total: Int
    var key: GroupKey

    init(total: Int, key: GroupKey) {
      self.total = total
      self.key = key
    }

    /// `12 account/group`.
    init?(text: String) {
      guard let space = text.firstIndex(of: " "), let total = Int(text[..<space]), total >= 0,
        let key = GroupKey(description: String(text[text.index(after: space)...]))
      else { return nil }
      self.total = total
      self.key = key
    }

    var text: String { "\(total) \(key)" }
  }
}
