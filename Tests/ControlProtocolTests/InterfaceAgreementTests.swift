import ControlProtocol
import RenewalCore
import Testing
import Varlink

/// The interface's text and the Swift types describe the same messages.
///
/// From the text to the types: a value that has every field which the text
/// declares decodes into the type and encodes to the same again, and so does
/// one that leaves out all that is optional. From the types to the text: in
/// the type decoded from the full value no optional property is empty, so the
/// type has none that the text does not declare.
@Suite struct `Text and types of the interface` {
  let interface: InterfaceDescription

  init() throws { interface = try InterfaceDescription(parsing: ControlInterface.text) }

  static let calls: [any ControlCall.Type] = [
    StatusCall.self, ListCall.self, DescribeCall.self, PlanCall.self, ExplainCall.self,
    PolicyCall.self,
    HistoryCall.self, EventsCall.self, LedgerCall.self, AlertsCall.self, WatchCall.self,
    WhoAmICall.self, MetricsCall.self,
    AcknowledgeCall.self, HoldCall.self, ReleaseCall.self, PauseCall.self, ResumeCall.self,
    RenewNowCall.self, ApproveCall.self, VetoCall.self, LiftFuseCall.self, PrepareOverrideCall.self,
    ConfirmOverrideCall.self, ReloadCall.self, BackupCall.self, ReadBackupCall.self,
    VerifyCall.self, RestoreCall.self,
    CreationsCall.self, PrepareCreationCall.self, ConfirmCreationCall.self,
    SettleCreationCall.self,
    ForecastCall.self, SimulateCall.self, CheckConfigurationCall.self,
    ShowConfigurationCall.self, CompareConfigurationCall.self, OrdersCall.self,
    AskPricesCall.self,
  ]

  @Test func `every method has its type, and every type its method`() {
    let declared = interface.members.filter {
      if case .method = $0.kind { true } else { false }
    }.map(\.name)
    #expect(declared.sorted() == Self.calls.map { $0.method }.sorted())
  }

  @Test(arguments: calls.indices) func `parameters and replies agree in both directions`(
    index: Int
  ) throws {
    try checkAgreement(of: Self.calls[index])
  }

  @Test(
    arguments: [
      .noSuchGroup("aig-1"), .ambiguousGroup("aig", matches: ["aig-1", "aig-2"]),
      .noSuchAccount("main"), .noSuchAlert(3), .notNow(reason: "busy", remedy: "wait"),
      .tokenRefused(reason: "too old"),
      .unsoundLedger(reason: "damaged", remedy: "another"),
      .configurationRejected(problems: ["line 3"]),
      .creationRejected(problems: ["line 3"]), .nameTaken("studio", by: ["aig-1"]),
      .guarded(reason: "paused", remedy: "resume"),
    ] as [ControlError])
  func `errors agree and are told apart`(error: ControlError) throws {
    let name = try #require(error.qualifiedName.split(separator: ".").last)
    let fields = try #require(interface.error(String(name)))
    #expect(error.qualifiedName == "\(ControlInterface.name).\(name)")
    #expect(interface.mismatch(of: try JSON(encoding: error.parameters), with: fields) == nil)
    #expect(
      ControlError(qualifiedName: error.qualifiedName, parameters: error.parameters) == error)
  }

  @Test func `every declared error has its case`() {
    let declared = interface.members.filter {
      if case .error = $0.kind { true } else { false }
    }
    #expect(declared.count == 11)
  }

  @Test func `the text is in the printer's form`() {
    let printed = interface.description.split(separator: "\n", omittingEmptySubsequences: false)
    let written = ControlInterface.text.split(separator: "\n", omittingEmptySubsequences: false)
    for (one, other) in zip(printed, written) { #expect(one == other) }
    #expect(printed.count == written.count)
    #expect(interface.name == ControlInterface.name)
  }

  @Test func `only methods that look are open to readers`() {
    let open = interface.members.map(\.name).filter { ControlInterface.isRead($0) }
    #expect(
      open.sorted() == [
        "Alerts", "CheckConfiguration", "CompareConfiguration", "Creations", "Describe", "Events",
        "Explain", "Forecast", "History", "Ledger", "List", "Metrics", "Plan", "Policy",
        "ShowConfiguration", "Simulate", "Status", "Watch", "WhoAmI",
      ])
  }

  private func checkAgreement<Call: ControlCall>(of _: Call.Type) throws {
    let method = try #require(interface.method(Call.method))
    try checkAgreement(of: Call.self, with: method.input)
    try checkAgreement(of: Call.Reply.self, with: method.output)
  }

  private func checkAgreement<Value: Codable>(
    of type: Value.Type, with fields: [InterfaceDescription.Field]
  ) throws {
    for variant in 0..<16 {
      var examples = Examples(interface: interface, variant: variant)
      let full = examples.value(of: .structure(fields))
      #expect(interface.mismatch(of: full, with: fields) == nil)
      let decoded = try full.decode(Value.self)
      #expect(try JSON(encoding: decoded) == full)
      #expect(emptyProperties(of: decoded, named: "\(type)") == [])
      for term in terms(in: decoded) {
        #expect(term.isKnown)
        #expect(enumerations.contains(term.words))
      }
    }
    var examples = Examples(interface: interface, variant: nil)
    let least = examples.value(of: .structure(fields))
    #expect(try JSON(encoding: least.decode(Value.self)) == least)
  }

  private var enumerations: Set<Set<String>> {
    var found: Set<Set<String>> = [["read", "pay"]]
    for member in interface.members {
      if case .type(.enumeration(let words)) = member.kind { found.insert(Set(words)) }
    }
    return found
  }

  private func terms(in value: Any) -> [any AnyTerm] {
    if let term = value as? any AnyTerm { return [term] }
    return Mirror(reflecting: value).children.flatMap { terms(in: $0.value) }
  }

  private func emptyProperties(of value: Any, named name: String) -> [String] {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional, mirror.children.isEmpty { return [name] }
    return mirror.children.flatMap {
      emptyProperties(of: $0.value, named: "\(name).\($0.label ?? "")")
    }
  }
}

/// Values as the interface's text declares them. A variant chooses among the
/// words of an enumeration; without one, all that is optional is left out.
private struct Examples {
  let interface: InterfaceDescription
  let variant: Int?
  private var name = ""

  init(interface: InterfaceDescription, variant: Int?) {
    self.interface = interface
    self.variant = variant
  }

  mutating func value(of type: InterfaceType) -> JSON {
    switch type {
    case .bool: return true
    case .int: return 3
    case .float: return .real(0.5)
    // A text that all of the types of text accept.
    case .string: return name == "currency" ? "CNY" : "2026-03-10T16:00:00Z"
    case .object: return [:]
    case .named(let name): return interface.type(name).map { value(of: $0) } ?? .null
    case .enumeration(let words): return .string(words[(variant ?? 0) % words.count])
    case .array(let type): return [value(of: type)]
    case .dictionary(let type): return ["key": value(of: type)]
    case .optional(let type): return value(of: type)
    case .structure(let fields):
      var members: [String: JSON] = [:]
      for field in fields {
        if variant == nil, case .optional = field.type { continue }
        name = field.name
        members[field.name] = value(of: field.type)
      }
      return .object(members)
    }
  }
}

private protocol AnyTerm {
  var isKnown: Bool { get }
  var words: Set<String> { get }
}

extension Term: AnyTerm {
  fileprivate var isKnown: Bool { known != nil }
  fileprivate var words: Set<String> { Set(Known.allCases.map(\.rawValue)) }
}
