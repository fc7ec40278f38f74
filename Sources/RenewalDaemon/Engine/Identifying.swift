import InventoryStore
import RenewalCore

/// Whose keys they are. A key of another account would be refused at best, and
/// at worst pay there for what the ledger knows nothing of.
extension RenewalEngine {
  /// Compares with the account that the ledger is about: the first that was told.
  ///
  /// - Parameter numbers: of all keys that the cloud said something of. Silence
  ///   says nothing, and keeps nobody from paying.
  func identified(_ name: AccountName, as numbers: Set<String>) {
    guard accounts[name] != nil, let number = numbers.sorted().first, canRecord,
      let settings = try? store.read({ [try $0.setting(.cloudAccount(name))] })
    else { return }
    let known = settings[0]
    let problem = doubt(numbers, known: known)
    let stood = alerts.standing[.init(kind: .accountChanged, account: name, group: "")] != nil
    guard stood != (problem != nil) || known == nil else { return }
    _ = record { transaction in
      if let problem {
        try raise(.accountChanged, account: name, reason: problem, in: transaction)
      } else {
        try clear(.accountChanged, account: name, in: transaction)
        try transaction.set(.cloudAccount(name), number)
      }
    }
    if stood != (problem != nil) { judgeAll() }
  }

  private func doubt(_ numbers: Set<String>, known: String?) -> String? {
    if numbers.count > 1 {
      return "the keys belong to the accounts " + numbers.sorted().joined(separator: " and ")
    }
    guard let known, !numbers.contains(known) else { return nil }
    return "the keys belong to account \(numbers.joined()), and the ledger is about \(known)"
  }
}
