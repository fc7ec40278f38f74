import InventoryStore
import RenewalCore

/// What is open in an account that is not configured any more, because it was
/// renamed or removed: who may still say how it ends.
extension RenewalEngine {
  /// The account through which a group is looked at: its own, else another
  /// configured one that lists it. `nil`: nobody can look.
  ///
  /// An expiry is the group's, whoever reads it. What billing would say of another
  /// account's orders is not asked for; `bounds(of:)` stands in for it.
  func witness(of key: GroupKey) -> AccountName? {
    if accounts[key.account] != nil { return key.account }
    return (try? store.read { try self.witness(of: key, $0) }).flatMap { $0 }
  }

  private func witness(of key: GroupKey, _ reader: StoreReader) throws -> AccountName? {
    try reader.groups(of: key.group, besides: key.account)
      .first { accounts[$0.record.account] != nil && !$0.record.isGone }?.record.account
  }

  /// By which what an account has sent is proven. Of one that is not configured
  /// any more nobody knows the bounds: the longest that there are.
  func bounds(of account: AccountName) -> ProtocolParameters {
    if let account = accounts[account] { return account.parameters }
    var longest = ProtocolParameters.withoutBilling
    for other in accounts.values.map(\.parameters) {
      longest.requestLife = max(longest.requestLife, other.requestLife)
      longest.visibilityBound = max(longest.visibilityBound, other.visibilityBound)
    }
    return longest
  }

  /// Why the end of an open renewal of such an account cannot be seen, if it cannot.
  func blindness(of open: Renewal, _ reader: StoreReader) throws -> String? {
    let key = open.intent.key.subject
    guard open.state != .submitted, try witness(of: key, reader) == nil else { return nil }
    return "renewal \(open.id) is \(open.state.rawValue), account '\(key.account)' is not "
      + "configured any more, and no other lists the group"
  }

  /// Calls a person about orders of new groups that nobody looks for, and no
  /// longer where their account is back.
  func alignOrphanedCreations(in transaction: StoreTransaction) throws {
    let open = creating.watches.sorted { $0.key < $1.key }.map(\.value.creation)
    for creation in open where accounts[creation.intent.account] == nil {
      try raise(
        .creationStuck, account: creation.intent.account,
        reason: "'\(creation.intent.name)' is \(creation.state.rawValue), and its account is not "
          + "configured any more", in: transaction)
    }
    let stuck = open.filter { [.stuck, .unpaid].contains($0.state) }.map(\.intent.account)
    for account in accounts.keys.sorted() where !stuck.contains(account) {
      try clear(.creationStuck, account: account, in: transaction)
    }
  }
}
