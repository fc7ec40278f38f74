import RenewalCore

/// Makes a copy of the ledger while the daemon works, checked by opening it.
package struct BackupCall: ControlCall {
  package static let method = "Backup"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var backup: BackupReport

    package init(backup: BackupReport) {
      self.backup = backup
    }
  }
}

package struct BackupReport: Codable, Hashable, Sendable {
  package var name: String
  package var path: String
  package var madeAt: Timestamp
  package var bytes: Int
  /// SHA-256 of all its bytes, in hexadecimal.
  package var digest: String
  package var ledger: LedgerFileReport

  package init(
    name: String, path: String, madeAt: Timestamp, bytes: Int, digest: String,
    ledger: LedgerFileReport
  ) {
    self.name = name
    self.path = path
    self.madeAt = madeAt
    self.bytes = bytes
    self.digest = digest
    self.ledger = ledger
  }
}

/// What a file of the ledger holds.
package struct LedgerFileReport: Codable, Hashable, Sendable {
  package var file: String
  /// Of the tables, by number.
  package var schema: Int
  package var head: LedgerHead
  /// When its newest row was recorded.
  package var newestAt: Timestamp?
  package var accounts: [AccountName]
  package var groups: Int
  package var renewals: Int

  package init(
    file: String, schema: Int, head: LedgerHead, newestAt: Timestamp? = nil,
    accounts: [AccountName], groups: Int, renewals: Int
  ) {
    self.file = file
    self.schema = schema
    self.head = head
    self.newestAt = newestAt
    self.accounts = accounts
    self.groups = groups
    self.renewals = renewals
  }
}

/// A piece of a copy: its bytes from an offset on.
package struct ReadBackupCall: ControlCall {
  package static let method = "ReadBackup"

  package var name: String
  package var offset: Int

  package init(name: String, offset: Int) {
    self.name = name
    self.offset = offset
  }

  package struct Reply: Codable, Hashable, Sendable {
    /// In base 64.
    package var data: String
    package var isLast: Bool

    package init(data: String, isLast: Bool) {
      self.data = data
      self.isLast = isLast
    }
  }
}

/// Checks a ledger: its pages, its chain, and what was recorded beside it.
package struct VerifyCall: ControlCall {
  package static let method = "Verify"

  /// A file instead of the ledger; only without the daemon.
  package var file: String?

  package init(file: String? = nil) {
    self.file = file
  }

  package struct Reply: Codable, Hashable, Sendable {
    /// Null where nothing of it can be read.
    package var ledger: LedgerFileReport?
    /// What is wrong; empty where all is well.
    package var problems: [String]
    /// What is worth knowing and not wrong.
    package var notes: [String]

    package init(ledger: LedgerFileReport? = nil, problems: [String] = [], notes: [String] = []) {
      self.ledger = ledger
      self.problems = problems
      self.notes = notes
    }
  }
}

/// Puts a copy in the place of the ledger. Only without the daemon.
package struct RestoreCall: ControlCall {
  package static let method = "Restore"

  package var file: String

  package init(file: String) {
    self.file = file
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var ledger: LedgerFileReport
    /// Where the ledger that stood there is now.
    package var replaced: String?

    package init(ledger: LedgerFileReport, replaced: String? = nil) {
      self.ledger = ledger
      self.replaced = replaced
    }
  }
}
