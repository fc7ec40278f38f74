import ControlProtocol
import RenewalCore

/// Comma-separated values after RFC 4180, for spreadsheets.
package enum CSV {
  /// A record of fields, with the line break that ends it.
  package static func record(_ fields: [String?]) -> String {
    fields.map { field($0 ?? "") }.joined(separator: ",") + "\r\n"
  }

  /// A spreadsheet takes a text that begins with one of these for a formula,
  /// also between quotes; an apostrophe before it makes it a text again. The
  /// names of groups and people's reasons come from outside.
  private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n"]

  private static func field(_ text: String) -> String {
    // By scalars: the two of a line break are one Character.
    let isFormula = text.unicodeScalars.first.map { formulaStarts.contains($0) } ?? false
    let harmless = isFormula ? "'" + text : text
    guard harmless.unicodeScalars.contains(where: { [",", "\"", "\r", "\n"].contains($0) })
    else { return harmless }
    return "\""
      + harmless.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}

extension RenewalsText {
  /// The rows of the ledger under a line of names.
  ///
  /// The column `paid` holds what counts as spent, so that its sum is the
  /// ledger's; a quote that was never paid for stands beside it and not in it.
  package static func csv(
    _ renewals: [RenewalReport], _ creations: [CreationReport] = []
  ) -> String {
    let names = [
      "opened", "account", "group", "rule", "actor", "period", "attempt", "state", "order",
      "quote", "charged", "paid", "currency", "old_expiry", "new_expiry", "closed", "request_id",
      "note", "new_group",
    ]
    return CSV.record(names)
      + renewals.map { renewal in
        CSV.record([
          renewal.openedAt.description, renewal.account.text, renewal.group.text, renewal.rule,
          renewal.actor ?? "policy", renewal.period, "\(renewal.attempt)", renewal.state.text,
          renewal.order?.text, renewal.quote?.decimalText, renewal.charged?.decimalText,
          renewal.paid?.decimalText, (renewal.charged ?? renewal.quote)?.currency.code,
          renewal.expiry.description, renewal.newExpiry?.description,
          renewal.closedAt?.description, renewal.requestId, renewal.note, nil,
        ])
      }.joined()
      + creations.map { creation in
        CSV.record([
          creation.openedAt.description, creation.account.text, creation.group?.text, nil,
          creation.actor, creation.period, nil, creation.state.text, creation.order?.text,
          creation.price.decimalText, nil, creation.paid?.decimalText,
          creation.price.currency.code, nil, nil, nil, nil, creation.note, creation.name,
        ])
      }.joined()
  }
}
