import ArgumentParser
import ControlProtocol
import RenewalCore

/// What a list of groups can show of each.
package enum GroupColumn: String, CaseIterable, Hashable, Sendable {
  case account
  case id
  case name
  case region
  case state
  case expiry
  case left
  case due
  case rule
  case period
  case price
  case action
  case charge
  case status
  case type
  case tags
  case reason
  case next
  case seen

  /// Those that are shown as far as the width does.
  static let standard: [GroupColumn] = [
    .account, .id, .name, .region, .state, .expiry, .left, .due, .rule, .period, .price,
  ]

  func title(_ clock: ClockFace) -> Table.Column {
    switch self {
    case .account: Table.Column("ACCOUNT", minimum: 8, dispensability: 3)
    case .id: Table.Column("GROUP")
    case .name: Table.Column("NAME", minimum: 16)
    case .region: Table.Column("REGION", dispensability: 4)
    case .state: Table.Column("STATE")
    case .expiry: Table.Column("EXPIRES (\(clock.zoneName))", dispensability: 1)
    case .left: Table.Column("LEFT", isNumber: true)
    case .due: Table.Column("DUE IN", dispensability: 2, isNumber: true)
    case .rule: Table.Column("RULE", minimum: 6, dispensability: 5)
    case .period: Table.Column("PERIOD", dispensability: 6)
    case .price: Table.Column("PRICE", dispensability: 7, isNumber: true)
    case .action: Table.Column("ACTION")
    case .charge: Table.Column("CHARGE")
    case .status: Table.Column("STATUS")
    case .type: Table.Column("TYPE", minimum: 8)
    case .tags: Table.Column("TAGS", minimum: 8)
    case .reason: Table.Column("WHY", minimum: 12)
    case .next: Table.Column("NEXT LOOK (\(clock.zoneName))")
    case .seen: Table.Column("SEEN (\(clock.zoneName))")
    }
  }

  func cell(_ group: GroupReport, _ clock: ClockFace) -> Table.Cell {
    switch self {
    case .state: Table.Cell(words(group.state), color(of: group.state))
    case .expiry: Table.Cell(group.expiry.map { clock.short($0.instant) } ?? "none")
    case .left: Table.Cell(group.expiry.map { clock.left(until: $0.instant) } ?? "")
    case .due: Table.Cell(group.dueAt.map { clock.left(until: $0.instant) } ?? "")
    case .next: Table.Cell(group.nextCheckAt.map { clock.short($0.instant) } ?? "")
    case .seen: Table.Cell(group.lastSeenAt.map { clock.short($0.instant) } ?? "")
    default: Table.Cell(field(group) ?? "")
    }
  }

  /// For scripts; what is left of a time the clock of the reader says.
  func field(_ group: GroupReport) -> String? {
    switch self {
    case .account: group.account.text
    case .id: group.id.text
    case .name: group.name
    case .region: group.region
    case .state: group.state.text
    case .expiry, .left: group.expiry?.description
    case .due: group.dueAt?.description
    case .rule: group.rule
    case .period: group.period
    case .price: group.price?.description
    case .action: group.action?.text
    case .charge: group.chargeType
    case .status: group.status
    case .type: group.instanceType
    case .tags:
      group.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        .joined(separator: " ")
    case .reason: group.reason
    case .next: group.nextCheckAt?.description
    case .seen: group.lastSeenAt?.description
    }
  }
}

/// `id,name,expiry`.
package struct GroupColumns: Hashable, Sendable, ExpressibleByArgument {
  package var list: [GroupColumn]

  package static let allValueStrings = GroupColumn.allCases.map(\.rawValue)

  package init?(argument: String) {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    list = words.compactMap { GroupColumn(rawValue: String($0)) }
    guard list.count == words.count else { return nil }
  }
}
