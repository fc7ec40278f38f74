import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check a configuration, show the one in force, and say what another would change.",
    discussion: """
      EXAMPLES
        renewalctl config check new.toml      is this file right?
        renewalctl config show                what is in force, with every default?
        renewalctl config diff new.toml       which groups would it decide otherwise?

      Nothing is loaded: that is renewalctl reload. conf.d/*.toml beside a file is read too.
      """,
    subcommands: [ConfigCheckCommand.self, ConfigShowCommand.self, ConfigDiffCommand.self])
}

/// Needs no daemon, and no rights to its files.
struct ConfigCheckCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say everything that is wrong with a configuration, with places.",
    discussion: """
      EXAMPLES
        renewalctl config check /etc/renewald/renewald.toml && renewalctl reload

      Needs no daemon. Exit status 78: it is broken. The field of --plain: problem.
      """)

  @Argument(help: ArgumentHelp("The configuration.", valueName: "file"), completion: .file())
  var file: String

  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let call = CheckConfigurationCall(sources: try configurationTexts(file))
    let daemon = try OfflineDaemon(configuration: nil)
    let reply: CheckConfigurationCall.Reply
    do throws(VarlinkClientError) {
      var client = try daemon.client(patience: .seconds(60))
      reply = try client.call(CheckConfigurationCall.qualifiedMethod, call)
    } catch {
      throw CommandFailure(error, socket: "renewald --offline")
    }
    try output.write(
      reply,
      text: { _, _ in
        reply.problems.isEmpty
          ? "\(printable(file)): good\n"
          : reply.problems.map { printable($0) + "\n" }.joined()
      },
      plain: { reply.problems.map { ScriptOutput.record([$0]) }.joined() })
    guard reply.problems.isEmpty else {
      throw CommandFailure(
        .configuration, "\(file) is broken", remedy: "man renewald.toml explains every key")
    }
  }
}

struct ConfigShowCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show every setting in force, with what the file leaves out.",
    discussion: """
      EXAMPLES
        renewalctl config show
        renewalctl config show --plain | grep maximum_price

      Secrets are no settings: credentials are shown by their names, a URL that is one by \
      its host. The fields of --plain: key, value.
      """)

  @Flag(help: "With every default, as it always is.")
  var effective = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(ShowConfigurationCall())
    try output.write(
      reply,
      text: { style, _ in
        "# \(printable(reply.path))\n"
          + list(reply.settings.map { Fact(printable($0.key), $0.value) }, style)
      },
      plain: { reply.settings.map { ScriptOutput.record([$0.key, $0.value]) }.joined() })
  }
}

struct ConfigDiffCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what would change if a configuration were loaded.",
    discussion: """
      EXAMPLES
        renewalctl config diff new.toml
        renewalctl config diff new.toml --json | jq .changedGroups

      Which settings change, and for which groups the next step of the coming year would be \
      another, with budgets, fuses and approvals as simulate has them. Nothing is loaded. \
      Exit status 1: something changes; 78: the file is broken.

      The fields of --plain: setting, key, before, after; or group, account, id, before, after.
      """)

  @Argument(help: ArgumentHelp("The configuration.", valueName: "file"), completion: .file())
  var file: String

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.patient.call(
      CompareConfigurationCall(sources: try configurationTexts(file)))
    try output.write(
      reply, text: { ConfigurationText.text(of: reply, $0, $1) },
      plain: { ConfigurationText.plain(reply) })
    if !reply.settings.isEmpty || reply.changedGroups > 0 { throw CommandFailure.difference }
  }
}

extension ConfigurationText {
  package static func text(
    of reply: CompareConfigurationCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let settings = reply.settings.map { change in
      [("-", change.before, TextStyle.Color.red), ("+", change.after, .green)]
        .compactMap { sign, value, color in
          value.map {
            style.paint("\(sign) \(printable(change.key)) = \(printable($0))", color) + "\n"
          }
        }.joined()
    }.joined()
    let decisions = reply.decisions.map { change in
      style.paint(printable(named(change.group, change.name)), .bold) + "\n"
        + [("-", change.before, TextStyle.Color.red), ("+", change.after, .green)]
        .map { sign, entry, color in
          style.paint("  \(sign) \(printable(words(entry, clock)))", color) + "\n"
        }.joined()
    }.joined()
    let hidden = reply.changedGroups - reply.decisions.count
    return section("Settings", settings.isEmpty ? "the same\n" : settings, style).dropFirst()
      + section("Decisions", decisions, style)
      + (hidden > 0 ? "and \(hidden) more\n" : "")
      + "\n\(reply.changedGroups) of \(reply.groups) groups would be decided otherwise.\n"
  }

  package static func plain(_ reply: CompareConfigurationCall.Reply) -> String {
    reply.settings.map { ScriptOutput.record(["setting", $0.key, $0.before, $0.after]) }.joined()
      + reply.decisions.map {
        ScriptOutput.record([
          "group", $0.account.text, $0.group.text, words($0.before, .utc(now: Instant(0))),
          words($0.after, .utc(now: Instant(0))),
        ])
      }.joined()
  }

  private static func words(_ entry: PlanEntry?, _ clock: ClockFace) -> String {
    guard let entry else { return "nothing in the coming year" }
    let price = entry.price.map { " for \($0)" } ?? ""
    let rule = entry.rule.map { " by rule '\($0)'" } ?? ""
    let period = entry.spends ? entry.period.map { " \($0)" } ?? "" : ""
    return "\(entry.step)\(period)\(price) on \(clock.short(entry.at.instant))\(rule): "
      + entry.reason
  }
}

extension CommandFailure {
  /// Told by the exit status alone.
  static let difference = CommandFailure(.failed, "")
}

/// A configuration and the `conf.d/*.toml` beside it, as the daemon reads them.
func configurationTexts(_ file: String) throws(CommandFailure) -> [ConfigurationText] {
  let parent = file.lastIndex(of: "/").map { file[...$0] } ?? ""
  let remedy = "renewald --check-config \(file)"
  let texts = try ([file] + dropIns(in: parent + "conf.d")).map { (path) throws(CommandFailure) in
    ConfigurationText(file: path, text: try FileText.read(path, remedy: remedy))
  }
  guard texts.reduce(0, { $0 + $1.text.utf8.count }) <= FileText.limit else {
    throw CommandFailure(
      .badData, "\(file) and its drop-ins are longer than \(FileText.limit) bytes",
      remedy: remedy)
  }
  return texts
}

/// Hidden files are left out: editors and package managers write them.
private func dropIns(in directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
  }
  return names.sorted().map { directory + "/" + $0 }
}
