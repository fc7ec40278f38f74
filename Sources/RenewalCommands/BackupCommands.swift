import ArgumentParser
import ControlProtocol
import FoundationEssentials
import Glibc
import RenewalCore

struct BackupCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the ledger while the daemon works, and check the copy.",
    discussion: """
      EXAMPLES
        renewalctl backup                     one more beside the daily ones
        renewalctl backup /mnt/safe/renewald-$(date +%F).sqlite
        renewalctl verify /mnt/safe/renewald-2026-03-01.sqlite

      The daemon keeps its copies in backups in its state directory: of the last 35 days and
      24 months, unless [backup] in its configuration says otherwise. A file is written by
      you, never over another, and has its name only when it is whole and was checked.

      The fields of --plain: path, bytes, SHA-256, last row, time of the last row.
      """)

  @Argument(help: "Where to put a copy of your own.", completion: .file())
  var file: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    if let file, access(file, F_OK) == 0 {
      throw CommandFailure(
        .cannotCreate, "\(file) exists, and no copy is written over another",
        remedy: "renewalctl backup with another name")
    }
    var reply = try connection.patient.call(BackupCall())
    if let file {
      try fetch(reply.backup, to: file)
      reply.backup.path = file
      reply.backup.ledger.file = file
    }
    try output.write(
      reply, text: { BackupText.facts(reply.backup, $0, $1) },
      plain: {
        ScriptOutput.record([
          reply.backup.path, "\(reply.backup.bytes)", reply.backup.digest,
          "\(reply.backup.ledger.head.sequence)", reply.backup.ledger.newestAt?.description,
        ])
      })
  }

  private func fetch(_ backup: BackupReport, to file: String) throws(CommandFailure) {
    let partial = NewFile(file)
    do throws(CommandFailure) {
      try partial.open()
      var offset = 0
      while true {
        let piece = try connection.call(ReadBackupCall(name: backup.name, offset: offset))
        guard let bytes = Data(base64Encoded: piece.data) else {
          throw CommandFailure(.protocolError, "a piece of the copy is not in base 64")
        }
        try partial.append([UInt8](bytes))
        offset += bytes.count
        Waiting.say("\(offset * 100 / max(1, backup.bytes)) %")
        if piece.isLast { break }
      }
      guard offset == backup.bytes else {
        throw CommandFailure(
          .failed, "only \(offset) of \(backup.bytes) bytes came", remedy: "renewalctl backup")
      }
      try partial.synchronise()
      // What was written is what counts, not what was sent.
      let verdict = try connection.offline().call(VerifyCall(file: partial.path))
      guard verdict.problems.isEmpty, verdict.ledger?.head == backup.ledger.head else {
        throw CommandFailure(
          .badData, "the copy is not good: \(verdict.problems.joined(separator: "; "))",
          remedy: "look at the disk, then renewalctl backup again")
      }
      try partial.finish()
    } catch {
      partial.discard()
      throw error
    }
  }
}

struct VerifyCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the ledger, or a copy of it: its pages, its chain, what was recorded beside.",
    discussion: """
      EXAMPLES
        renewalctl verify                     the daemon's ledger, while it works
        renewalctl verify --offline           the same, while the daemon does not run
        renewalctl verify /mnt/safe/renewald-2026-03-01.sqlite

      Exit status 65 where something is wrong. The fields of --plain: sound or not, file,
      last row, its hash, its time, groups, renewals; then a line for each problem and note.
      """)

  @Argument(help: "A copy; the daemon is not asked.", completion: .file())
  var file: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply =
      if let file {
        try connection.offline().call(VerifyCall(file: absolute(file)))
      } else {
        try connection.patient.call(VerifyCall())
      }
    try output.write(
      reply, text: { BackupText.verdict(reply, $0, $1) },
      plain: {
        ScriptOutput.record([
          reply.problems.isEmpty ? "sound" : "unsound", reply.ledger?.file,
          reply.ledger.map { "\($0.head.sequence)" }, reply.ledger?.head.hash,
          reply.ledger?.newestAt?.description, reply.ledger.map { "\($0.groups)" },
          reply.ledger.map { "\($0.renewals)" },
        ])
          + reply.problems.map { ScriptOutput.record(["problem", $0]) }.joined()
          + reply.notes.map { ScriptOutput.record(["note", $0]) }.joined()
      })
    guard reply.problems.isEmpty else {
      throw CommandFailure(
        .badData, "\(reply.ledger?.file ?? file ?? "the ledger") is not sound",
        remedy:
          "renewalctl verify FILE for each copy, the newest first; then man renewalctl, RESTORE"
      )
    }
  }
}

struct RestoreCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a copy in the place of the ledger, while the daemon does not run.",
    discussion: """
      EXAMPLES
        systemctl stop renewald
        renewalctl restore /var/lib/renewald/backups/FILE
        systemctl start renewald
        renewalctl ledger                     compare with the orders in the console
        renewalctl alerts; renewalctl ack N   then payments are allowed again

      What stood there is kept beside it. The daemon starts without paying: it takes over what
      was recorded beside the ledger, looks at every expiry, and waits for your word.
      """)

  @Argument(help: "The copy.", completion: .file())
  var file: String

  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let offline = connection.offline()
    let verdict = try offline.call(VerifyCall(file: absolute(file)))
    guard let ledger = verdict.ledger, verdict.problems.isEmpty else {
      throw CommandFailure(
        .badData, "\(file) is not sound: \(verdict.problems.joined(separator: "; "))",
        remedy: "another copy; nothing was changed")
    }
    let newest = ledger.newestAt.map { " of \($0)" } ?? ""
    try confirmation.require(
      "Replace the ledger by a copy with \(ledger.renewals) renewals that ends at row "
        + "\(ledger.head.sequence)\(newest)? What was paid since is not in it; nothing is paid "
        + "until you have acknowledged that.",
      typing: "restore")
    let reply = try offline.call(RestoreCall(file: absolute(file)))
    try output.write(
      reply,
      text: { style, clock in
        list(BackupText.facts(reply.ledger, clock), style)
          + (reply.replaced.map { "The ledger that stood there is now \(printable($0)).\n" } ?? "")
          + "Go on with: systemctl start renewald; renewalctl alerts\n"
      },
      plain: {
        ScriptOutput.record([
          reply.ledger.file, "\(reply.ledger.head.sequence)", reply.replaced,
        ])
      })
  }
}

/// As the daemon sees it, whose working directory is another.
private func absolute(_ path: String) -> String {
  guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
  defer { free(directory) }
  return String(cString: directory) + "/" + path
}

package enum BackupText {
  package static func facts(
    _ backup: BackupReport, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    list(
      [
        Fact("copy", "\(backup.path), \(backup.bytes) bytes"),
        Fact("sha256", backup.digest),
      ] + facts(backup.ledger, clock), style)
  }

  package static func facts(_ ledger: LedgerFileReport, _ clock: ClockFace) -> [Fact] {
    let accounts = ledger.accounts.map(\.text).joined(separator: ", ")
    let newest = ledger.newestAt.map { " of \(clock.full($0.instant))" } ?? ""
    return [
      Fact("ledger", "up to row \(ledger.head.sequence)\(newest)"),
      Fact(
        "holds",
        "\(ledger.renewals) renewals and \(ledger.groups) groups"
          + (accounts.isEmpty ? "" : " of \(accounts)")),
    ]
  }

  package static func verdict(
    _ reply: VerifyCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let verdict =
      reply.problems.isEmpty
      ? Fact("sound", "pages, chain and what was recorded beside the ledger agree", .green)
      : Fact("NOT SOUND", reply.problems.joined(separator: "; "), .red)
    return list([verdict] + (reply.ledger.map { facts($0, clock) } ?? []), style)
      + reply.notes.map { wrapped("Note: \($0).", width: style.width) }.joined()
  }
}
