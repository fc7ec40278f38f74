import ArgumentParser
import ControlProtocol
import RenewalCore

struct ReloadCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Let the daemon read its configuration again.",
    discussion: """
      EXAMPLES
        renewald --check-config /etc/renewald/renewald.toml && renewalctl reload

      A broken file changes nothing; exit status 78 and its errors tell of it.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(ReloadCall())
    try output.write(
      reply,
      text: { _, _ in
        let note = reply.credentials.map { "Credentials: \(printable($0))\n" } ?? ""
        return "In force: \(printable(reply.configuration.path))\n" + note
      },
      plain: {
        ScriptOutput.record([
          reply.configuration.path, reply.configuration.loadedAt.description,
        ])
      })
  }
}

struct WhoAmICommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami",
    abstract: "Say who you are to the daemon, and with which keys it works.",
    discussion: """
      EXAMPLES
        renewalctl whoami

      The fields of --plain: account, purpose, provider, key, cloud account, expiry, \
      why there is no key, operations that the cloud allowed, operations that it refused.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(WhoAmICall())
    try output.write(
      reply,
      text: { style, clock in
        list([Fact("you", IdentitiesText.caller(reply))], style)
          + section("Keys", IdentitiesText.table(reply.identities, style, clock), style)
          + section("What the cloud let them do", IdentitiesText.permissions(reply, style), style)
      },
      plain: { reply.identities.map(IdentitiesText.plain).joined() })
  }
}

package enum IdentitiesText {
  /// A daemon in a user namespace of its own sees every other user as this
  /// one (user_namespaces(7), "unmapped user and group IDs").
  private static let nobody = 65534

  package static func caller(_ reply: WhoAmICall.Reply) -> String {
    let may = reply.socket == ControlInterface.operatorsSocket ? "look and act" : "look"
    let user =
      reply.userId == nobody
      ? "a user whom the daemon's namespace hides" : "user \(reply.userId)"
    return "\(user) on the socket '\(reply.socket)': may \(may)"
  }

  package static func table(
    _ identities: [IdentityReport], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    Table(
      [
        Table.Column("ACCOUNT", minimum: 8),
        Table.Column("FOR"),
        Table.Column("FROM", minimum: 8, dispensability: 1),
        Table.Column("KEY"),
        Table.Column("CLOUD ACCOUNT", dispensability: 2),
        Table.Column("EXPIRES", dispensability: 3),
      ],
      rows: identities.map { identity in
        [
          Table.Cell(identity.account.text),
          Table.Cell(words(identity.purpose)),
          Table.Cell(identity.provider),
          identity.problem.map { Table.Cell($0, .red) } ?? Table.Cell("…\(identity.keyId)"),
          Table.Cell(identity.cloudAccount ?? ""),
          Table.Cell(identity.expiresAt.map { clock.relative($0.instant) } ?? ""),
        ]
      }
    ).text(style)
  }

  /// As far as it was tried since the configuration was read.
  package static func permissions(_ reply: WhoAmICall.Reply, _ style: TextStyle) -> String {
    let facts = reply.identities.map { identity in
      let key = "\(identity.account), \(words(identity.purpose))"
      let may = identity.may ?? []
      let mayNot = identity.mayNot ?? []
      let parts = [
        may.isEmpty ? nil : may.joined(separator: ", "),
        mayNot.isEmpty ? nil : "not " + mayNot.joined(separator: ", "),
      ].compactMap { $0 }
      let told = parts.isEmpty ? "nothing was tried" : parts.joined(separator: "; ")
      return Fact(printable(key), told)
    }
    return list(facts, style)
  }

  package static func plain(_ identity: IdentityReport) -> String {
    ScriptOutput.record([
      identity.account.text, identity.purpose.text, identity.provider, identity.keyId,
      identity.cloudAccount, identity.expiresAt?.description, identity.problem,
      identity.may?.joined(separator: " "), identity.mayNot?.joined(separator: " "),
    ])
  }
}
