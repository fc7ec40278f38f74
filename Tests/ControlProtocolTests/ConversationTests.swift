import ControlProtocol
import FoundationEssentials
import Testing
import Varlink

/// Conversations as they were recorded when a version was released. What an
/// older client says is still understood, and what an older daemon answers.
@Suite struct `Conversations with older versions` {
  private let interface: InterfaceDescription

  init() throws { interface = try InterfaceDescription(parsing: ControlInterface.text) }

  private static let replies: [String: any (Decodable & Sendable).Type] = [
    StatusCall.method: StatusCall.Reply.self, ListCall.method: ListCall.Reply.self,
    DescribeCall.method: DescribeCall.Reply.self, PlanCall.method: PlanCall.Reply.self,
    HistoryCall.method: HistoryCall.Reply.self, AlertsCall.method: AlertsCall.Reply.self,
  ]

  @Test(arguments: ["0.1"]) func `are understood`(version: String) throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appending(path: "Conformance/conversations/control-\(version).json")
    let conversation = try JSON(parsing: Data(contentsOf: file))
    guard case .array(let exchanges)? = conversation["exchanges"] else {
      Issue.record("no exchanges in \(file.path)")
      return
    }
    for exchange in exchanges {
      guard let call = exchange["call"], let reply = exchange["reply"],
        case .string(let qualified)? = call["method"],
        let name = qualified.split(separator: ".").last.map(String.init),
        let parameters = call["parameters"]
      else {
        Issue.record("no exchange: \(exchange)")
        continue
      }
      let method = try #require(interface.method(name), "\(name) has gone")
      #expect(interface.mismatch(of: parameters, with: method.input) == nil)
      if case .string(let error)? = reply["error"] {
        try check(error, reply["parameters"] ?? [:])
      } else {
        let type = try #require(Self.replies[name])
        _ = try (reply["parameters"] ?? [:]).decode(type)
      }
    }
  }

  private func check(_ error: String, _ parameters: JSON) throws {
    guard error.hasPrefix(ControlInterface.name) else { return }
    let decoded = try parameters.decode(ControlError.Parameters.self)
    #expect(ControlError(qualifiedName: error, parameters: decoded) != nil)
  }
}
