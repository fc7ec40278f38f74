import ControlProtocol
import RenewalCore

/// What the ledger says was paid, added up three ways. Unlike currencies are
/// never added.
package struct LedgerSums: Codable, Hashable, Sendable {
  package var accounts: [LedgerSum]
  package var rules: [LedgerSum]
  package var groups: [LedgerSum]

  package init(of renewals: [RenewalReport]) {
    accounts = sums(of: renewals) { LedgerSum.Key(account: $0.account) }
    rules = sums(of: renewals) { LedgerSum.Key(rule: $0.rule) }
    groups = sums(of: renewals) { LedgerSum.Key(account: $0.account, group: $0.group) }
  }
}

/// One sum in one currency.
package struct LedgerSum: Codable, Hashable, Sendable {
  package var account: AccountName?
  package var rule: String?
  package var group: GroupID?
  package var renewals: Int
  package var paid: Money

  fileprivate struct Key: Hashable, Comparable {
    var account: AccountName?
    var rule: String?
    var group: GroupID?

    static func < (left: Key, right: Key) -> Bool {
      (left.account?.text ?? "", left.rule ?? "", left.group?.text ?? "")
        < (right.account?.text ?? "", right.rule ?? "", right.group?.text ?? "")
    }
  }
}

private func sums(
  of renewals: [RenewalReport], by key: (RenewalReport) -> LedgerSum.Key
) -> [LedgerSum] {
  Dictionary(grouping: renewals.filter { $0.paid != nil }, by: key)
    .sorted { $0.key < $1.key }
    .flatMap { key, renewals in
      RenewalCommands.sums(renewals.compactMap(\.paid)).map { sum in
        LedgerSum(
          account: key.account, rule: key.rule, group: key.group,
          renewals: renewals.count { $0.paid?.currency == sum.currency }, paid: sum)
      }
    }
}

extension LedgerSums {
  /// A table for each of the three that says more than the total.
  func text(_ style: TextStyle) -> String {
    section(
      "By account", LedgerSums.table("ACCOUNT", accounts, style) { $0.account?.text ?? "" }, style)
      + section("By rule", LedgerSums.table("RULE", rules, style) { $0.rule ?? "" }, style)
      + section(
        "By group",
        LedgerSums.table("GROUP", groups, style) {
          accounts.count > 1
            ? "\($0.account?.text ?? "")/\($0.group?.text ?? "")"
            : $0.group?.text ?? ""
        }, style)
  }

  private static func table(
    _ title: String, _ sums: [LedgerSum], _ style: TextStyle, _ name: (LedgerSum) -> String
  ) -> String {
    guard !sums.isEmpty else { return "" }
    return Table(
      [
        Table.Column(title, minimum: 8), Table.Column("RENEWALS", isNumber: true),
        Table.Column("PAID", isNumber: true),
      ],
      rows: sums.map {
        [Table.Cell(name($0)), Table.Cell("\($0.renewals)"), Table.Cell($0.paid.description)]
      }
    ).text(style)
  }
}
