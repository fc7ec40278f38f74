import ArgumentParser
import ControlProtocol
import RenewalCore

struct CreationsCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "creations",
    abstract: "List the orders of new groups, the newest first.",
    discussion: """
      EXAMPLES
        renewalctl creations          did the order that I gave up on come through?

      The fields of --plain: account, name, state, order, group, amount, currency, note.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(CreationsCall())
    try output.write(
      reply,
      text: { style, clock in
        reply.creations.isEmpty
          ? "Nothing.\n" : CreationText.table(reply.creations, style, clock)
      },
      plain: { reply.creations.map(CreationText.plain).joined() })
  }
}

struct SettleCreationCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "settle-creation",
    abstract: "Record what became of an order of a new group that nobody could see the end of.",
    discussion: """
      Look into the console first, for the group and for orders of the account in the hours
      around the attempt. After --not-created the name may be ordered again.

      EXAMPLES
        renewalctl creations; renewalctl settle-creation studio --not-created
      """)

  @Argument(help: ArgumentHelp("The name that was ordered.", valueName: "name"))
  var name: String

  @Flag(help: "The group exists.")
  var created = false

  @Flag(help: "There is no group, and no order that could still be paid.")
  var notCreated = false

  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard created != notCreated else {
      throw ValidationError("Say one of --created and --not-created.")
    }
  }

  func execute() throws(CommandFailure) {
    let orders = try connection.call(CreationsCall()).creations
    guard let order = orders.first(where: { $0.name == name && $0.isOpen }) else {
      throw CommandFailure(
        .badData, "no order of '\(name)' is open", remedy: "renewalctl creations")
    }
    try confirmation.require(
      "The order of '\(order.name)' for \(order.price) is \(words(order.state)) since "
        + "\(order.since): \(order.note). It is recorded that "
        + (created ? "the group exists." : "nothing was bought, and it may be ordered again."),
      typing: order.name)
    let reply = try connection.call(
      SettleCreationCall(
        creation: order.id, state: order.state, outcome: created ? .created : .notCreated))
    try output.write(
      reply,
      text: { style, clock in CreationText.table([reply.creation], style, clock) },
      plain: { CreationText.plain(reply.creation) })
  }
}

/// Orders of new groups as people read them.
package enum CreationText {
  /// `'studio': 2 nodes of TYPE in REGION for 1 Month, 898.00 CNY`.
  static func sentence(_ offer: PrepareCreationCall.Reply) -> String {
    let nodes = offer.amount == 1 ? "1 node" : "\(offer.amount) nodes"
    let term = offer.chargeType == ChargeType.prePaid.rawValue ? offer.period : "paid by use"
    return "'\(offer.name)', \(nodes) of \(offer.instanceType) in \(offer.region), \(term), "
      + "for \(offer.price)"
  }

  package static func facts(_ offer: PrepareCreationCall.Reply, _ style: TextStyle) -> String {
    let rule = offer.rule.map { "\($0) (\(offer.action.map { words($0) } ?? ""))" }
    return list(
      [
        Fact("group", offer.name), Fact("account", offer.account.text),
        Fact("region", offer.region), Fact("charge", "\(offer.chargeType), \(offer.period)"),
        Fact("nodes", "\(offer.amount) of \(offer.instanceType)"),
        Fact("price", "\(offer.price)", .bold),
        Fact("list price", offer.listPrice == offer.price ? nil : "\(offer.listPrice)"),
        Fact(
          "promotions", offer.promotions.isEmpty ? nil : offer.promotions.joined(separator: ", ")),
        Fact("auto renew", offer.autoRenew ? "by the cloud" : nil),
        Fact("rule", rule ?? "none", rule == nil ? .yellow : nil),
        Fact("obstacle", offer.obstacle, .red),
      ] + offer.warnings.map { Fact("note", $0, .yellow) }, style)
      + "\nNothing was ordered.\n"
  }

  static func facts(
    _ reply: ConfirmCreationCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    table([reply.creation], style, clock)
      + (reply.group.map { "\n" + GroupText.facts($0, style, clock) } ?? "")
  }

  package static func table(
    _ creations: [CreationReport], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    guard !creations.isEmpty else { return "" }
    return Table(
      [
        Table.Column("NAME", minimum: 8), Table.Column("STATE"),
        Table.Column("PRICE"), Table.Column("GROUP", dispensability: 1),
        Table.Column("ORDER", dispensability: 3), Table.Column("ORDERED", dispensability: 4),
        Table.Column("WHAT HAPPENED", minimum: 12, dispensability: 2),
      ],
      rows: creations.map { creation in
        [
          Table.Cell(creation.name), Table.Cell(words(creation.state), color(of: creation)),
          Table.Cell("\(creation.price)"), Table.Cell(creation.group?.text ?? ""),
          Table.Cell(creation.order?.text ?? ""),
          Table.Cell(clock.relative(creation.openedAt.instant)), Table.Cell(creation.note),
        ]
      }
    ).text(style)
  }

  package static func plain(_ creation: CreationReport) -> String {
    ScriptOutput.record([
      creation.account.text, creation.name, creation.state.text, creation.order?.text,
      creation.group?.text, creation.price.decimalText, creation.price.currency.code,
      creation.note,
    ])
  }

  /// In the fields of a renewal.
  static func ledgerRecord(_ creation: CreationReport) -> String {
    ScriptOutput.record([
      creation.account.text, creation.group?.text, nil, nil, creation.state.text,
      creation.isOpen ? "open" : "closed", creation.period, creation.price.decimalText,
      creation.price.currency.code, creation.order?.text, creation.openedAt.description, nil, nil,
      nil, creation.actor, creation.note,
    ])
  }

  package static func plain(_ offer: PrepareCreationCall.Reply) -> String {
    ScriptOutput.record([
      offer.account.text, offer.name, offer.region, offer.chargeType, offer.period,
      String(offer.amount), offer.instanceType, offer.price.decimalText,
      offer.price.currency.code, offer.rule, offer.obstacle,
    ])
  }

  private static func color(of creation: CreationReport) -> TextStyle.Color? {
    switch creation.state.known {
    case .settled: .green
    case .unknown, .stuck: .red
    default: creation.isOpen ? .yellow : nil
    }
  }

  /// `nil` where the order came to what it was given for.
  static func failure(_ creation: CreationReport) -> CommandFailure? {
    let told = "the order of '\(creation.name)' is \(words(creation.state)): \(creation.note)"
    let remedy = "renewalctl creations"
    switch creation.state.known {
    case .settled: return nil
    case .unpaid where !creation.autoPay: return nil
    case .refused, .notEffected: return CommandFailure(.failed, told, remedy: remedy)
    case .notSent: return CommandFailure(.tryAgain, told, remedy: "start the command again")
    default: return CommandFailure(.outcomeUnknown, told, remedy: remedy)
    }
  }
}
