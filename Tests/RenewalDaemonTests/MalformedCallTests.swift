import ControlProtocol
import Glibc
import Testing
import Varlink

@testable import RenewalDaemon

/// What the daemon's own sockets answer to calls of every kind, by the points of
/// the protocol's checklist. A case ends with a call that is right, which shows
/// whether the connection goes on.
@Suite struct `Calls on the daemon's sockets` {
  static let service = "org.varlink.service"
  static let control = ControlInterface.name
  static let sockets = [ControlInterface.readersSocket, ControlInterface.operatorsSocket]

  private func error(_ name: String, _ parameters: JSON = [:]) -> JSON {
    ["error": .string("\(Self.service).\(name)"), "parameters": parameters]
  }

  // MARK: No call: the end of the connection, and no reply

  static let noCalls: [String] = [
    // 1: an object of JSON in UTF-8, and nothing else before the NUL.
    "", "null", "true", "1", "\"text\"", "[]", "[{}]", "nonsense", "{", "{}}",
    #"{"method":"org.varlink.service.GetInfo"}{}"#, "\u{FEFF}{}",
    // 2: a method, its name a text.
    "{}", #"{"parameters":{}}"#, #"{"method":null}"#, #"{"method":7}"#, #"{"method":["a"]}"#,
    // 2: no key that is not known, and none twice, however it is written.
    #"{"method":"org.varlink.service.GetInfo","id":1}"#,
    #"{"method":"org.varlink.service.GetInfo","Parameters":{}}"#,
    #"{"method":"org.varlink.service.GetInfo","error":"x"}"#,
    #"{"method":"org.varlink.service.GetInfo","continues":true}"#,
    #"{"method":"org.varlink.service.GetInfo","method":"org.varlink.service.GetInfo"}"#,
    #"{"method":"org.varlink.service.GetInfo","\u006dethod":"org.varlink.service.GetInfo"}"#,
    #"{"method":"org.varlink.service.GetInfo","more":false,"more":false}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":{},"parameters":{}}"#,
    #"{"method":"io.renewald.Control.List","parameters":{"limit":1,"limit":2}}"#,
    // 2: values of their types.
    #"{"method":"org.varlink.service.GetInfo","parameters":[]}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":"x"}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":1}"#,
    #"{"method":"org.varlink.service.GetInfo","more":1}"#,
    #"{"method":"org.varlink.service.GetInfo","more":"true"}"#,
    #"{"method":"org.varlink.service.GetInfo","more":null}"#,
    #"{"method":"org.varlink.service.GetInfo","oneway":0}"#,
    #"{"method":"org.varlink.service.GetInfo","upgrade":[]}"#,
    // 2: not both.
    #"{"method":"org.varlink.service.GetInfo","oneway":true,"more":true}"#,
    // 2: an extension is an object under a domain's name.
    #"{"method":"org.varlink.service.GetInfo","com.example.x":1}"#,
    #"{"method":"org.varlink.service.GetInfo","com.example.x":null}"#,
    #"{"method":"org.varlink.service.GetInfo","example":{}}"#,
    #"{"method":"org.varlink.service.GetInfo",".example.x":{}}"#,
  ]

  @Test(arguments: sockets) func `that are none end the connection without a reply`(
    socket: String
  ) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    for message in Self.noCalls {
      let caller = try Caller(daemon.path(socket))
      caller.send(message)
      caller.send(#"{"method":"org.varlink.service.GetInfo"}"#)
      #expect(try caller.receive() == nil, "\(message)")
    }
    // 1: UTF-8.
    let caller = try Caller(daemon.path(socket))
    caller.send(bytes: Array(#"{"method":""#.utf8) + [0xFF, 0xFE] + Array("\"}\0".utf8))
    #expect(try caller.receive() == nil)
  }

  // MARK: Calls that cannot be served: told why, and the connection goes on

  private func refused() -> [(call: String, reply: JSON)] {
    let control = Self.control
    return [
      // 6: names.
      (#"{"method":""}"#, error("InterfaceNotFound", ["interface": ""])),
      (#"{"method":"Status"}"#, error("InterfaceNotFound", ["interface": "Status"])),
      (
        #"{"method":"org.example.Nothing.Do"}"#,
        error("InterfaceNotFound", ["interface": "org.example.Nothing"])
      ),
      (
        #"{"method":"io.renewald.Control.Nothing"}"#,
        error("MethodNotFound", ["method": .string("\(control).Nothing")])
      ),
      (
        #"{"method":"io.renewald.Control.status"}"#,
        error("MethodNotFound", ["method": .string("\(control).status")])
      ),
      (
        #"{"method":"io.renewald.Control.StatusReport"}"#,
        error("MethodNotFound", ["method": .string("\(control).StatusReport")])
      ),
      (
        #"{"method":"org.varlink.service.Nothing"}"#,
        error("MethodNotFound", ["method": "org.varlink.service.Nothing"])
      ),
      // 5 and 9: parameters of introspection.
      (
        #"{"method":"org.varlink.service.GetInfo","parameters":{"surplus":1}}"#,
        error("InvalidParameter", ["parameter": "surplus"])
      ),
      (
        #"{"method":"org.varlink.service.GetInterfaceDescription"}"#,
        error("InvalidParameter", ["parameter": "interface"])
      ),
      (
        #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":1}}"#,
        error("InvalidParameter", ["parameter": "interface"])
      ),
      (
        #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":"#
          + #"{"interface":"io.renewald.Control","surplus":true}}"#,
        error("InvalidParameter", ["parameter": "surplus"])
      ),
      (
        #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":"#
          + #"{"interface":"org.example.Nothing"}}"#,
        error("InterfaceNotFound", ["interface": "org.example.Nothing"])
      ),
      // 9: parameters of ours.
      (
        #"{"method":"io.renewald.Control.Status","parameters":{"x":null}}"#,
        error("InvalidParameter", ["parameter": "x"])
      ),
      (
        #"{"method":"io.renewald.Control.Describe"}"#,
        error("InvalidParameter", ["parameter": "group"])
      ),
      (
        #"{"method":"io.renewald.Control.Describe","parameters":{"group":null}}"#,
        error("InvalidParameter", ["parameter": "group"])
      ),
      (
        #"{"method":"io.renewald.Control.Describe","parameters":{"group":["aig-1"]}}"#,
        error("InvalidParameter", ["parameter": "group"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":"5"}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":1e400}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":0}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":-1}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":501}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.Events","parameters":{"limit":1001}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.Ledger","parameters":{"limit":0}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.Plan","parameters":{"limit":9223372036854775807}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.History","parameters":{"group":"aig-1","limit":501}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.Plan","parameters":{"until":"9999-12-31T00:00:00Z"}}"#,
        error("InvalidParameter", ["parameter": "until"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":1.5}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"limit":92233720368547758080}}"#,
        error("InvalidParameter", ["parameter": "limit"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"states":["held","odd"]}}"#,
        error("InvalidParameter", ["parameter": "states[1]"])
      ),
      (
        #"{"method":"io.renewald.Control.List","parameters":{"expiresBefore":"soon"}}"#,
        error("InvalidParameter", ["parameter": "expiresBefore"])
      ),
      // 4: what this service does not do.
      (
        #"{"method":"io.renewald.Control.Status","upgrade":true}"#,
        error("MethodNotImplemented", ["method": .string("\(control).Status")])
      ),
      (
        #"{"method":"org.varlink.service.GetInfo","upgrade":true}"#,
        error("MethodNotImplemented", ["method": "org.varlink.service.GetInfo"])
      ),
      (#"{"method":"io.renewald.Control.Watch"}"#, error("ExpectedMore")),
      (#"{"method":"io.renewald.Control.Watch","more":false}"#, error("ExpectedMore")),
      // 3 and 6: an error of the interface.
      (
        #"{"method":"io.renewald.Control.Describe","parameters":{"group":"nobody"},"more":true}"#,
        [
          "error": .string("\(control).NoSuchGroup"), "parameters": ["group": "nobody"],
        ]
      ),
    ]
  }

  @Test(arguments: sockets) func `that cannot be served are told why`(socket: String) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let caller = try Caller(daemon.path(socket))
    for (call, reply) in refused() {
      caller.send(call)
      #expect(try caller.receive() == reply, "\(call)")
    }
    caller.send(#"{"method":"io.renewald.Control.Alerts"}"#)
    #expect(try caller.receive()?["parameters"]?["alerts"] != nil)
  }

  @Test func `of operators are denied to readers, whatever is in them`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let reader = try Caller(daemon.path(ControlInterface.readersSocket))
    for parameters in [#"{"reason":"x"}"#, "{}", #"{"reason":1}"#, #"{"surplus":1}"#] {
      reader.send(#"{"method":"io.renewald.Control.Pause","parameters":\#(parameters)}"#)
      #expect(try reader.receive() == error("PermissionDenied"))
    }
    #expect(try daemon.call(StatusCall()).status.pause == nil)
  }

  // MARK: Calls that are served

  @Test(arguments: sockets) func `that are right are answered as the protocol says`(
    socket: String
  ) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let caller = try Caller(daemon.path(socket))
    // 5: the service describes itself, sorted, itself included.
    caller.send(#"{"method":"org.varlink.service.GetInfo","parameters":null}"#)
    let information = try #require(try caller.receive())
    #expect(
      information["parameters"]?["interfaces"] == [.string(Self.control), .string(Self.service)])
    // 7 and 11: what it says of its interface can be read, and written again.
    caller.send(
      #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":"#
        + #"{"interface":"io.renewald.Control"}}"#)
    guard case .string(let text)? = try caller.receive()?["parameters"]?["description"] else {
      Issue.record("there is no description")
      return
    }
    #expect(try InterfaceDescription(parsing: text).description == text)
    // 2: extensions are ignored. 3: an answer has no other keys.
    caller.send(
      #"{"method":"io.renewald.Control.Alerts","com.example.trace":{"id":[1]},"more":true,"#
        + #""oneway":false,"upgrade":false}"#)
    #expect(try caller.receive()?.isOnlyAnswer == true)
    // 9: absent and null are the same.
    let calls = [
      #"{"method":"io.renewald.Control.List"}"#,
      #"{"method":"io.renewald.Control.List","parameters":{"account":null,"limit":null}}"#,
    ]
    calls.forEach { caller.send($0) }
    let replies = [try caller.receive(), try caller.receive()]
    #expect(replies[0] != nil && replies[0] == replies[1])
    // 1: at once, in their order. 4: a oneway call gets no reply, nor its error.
    caller.send(#"{"method":"io.renewald.Control.Status","oneway":true}"#)
    caller.send(#"{"method":"io.renewald.Control.Nothing","oneway":true}"#)
    caller.send(#"{"method":"io.renewald.Control.Watch","oneway":true}"#)
    caller.send(#"{"method":"io.renewald.Control.Nothing"}"#)
    caller.send(#"{"method":"io.renewald.Control.Alerts"}"#)
    #expect(
      try caller.receive()
        == error("MethodNotFound", ["method": .string("\(Self.control).Nothing")]))
    #expect(try caller.receive()?.isOnlyAnswer == true)
    // 4: the state first, with more to come.
    caller.send(#"{"method":"io.renewald.Control.Watch","more":true}"#)
    let first = try #require(try caller.receive())
    #expect(first["continues"] == true)
    #expect(first["parameters"]?["status"] != nil)
  }

  @Test(arguments: sockets) func `of 64 KiB are taken, and no longer ones`(socket: String) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let call = #"{"method":"io.renewald.Control.Alerts"}"#
    let caller = try Caller(daemon.path(socket))
    caller.send(call + String(repeating: " ", count: 65_536 - call.utf8.count))
    #expect(try caller.receive()?.isOnlyAnswer == true)
    caller.send(call + String(repeating: " ", count: 65_537 - call.utf8.count))
    #expect(try caller.receive() == nil)
  }

  @Test func `name their fields as systemd does`() throws {
    let interface = try InterfaceDescription(parsing: ControlInterface.text)
    for member in interface.members {
      #expect(member.name.first?.isUppercase == true)
      for field in member.fields {
        #expect(field.name.first?.isLowercase == true && !field.name.contains("_"), "\(field.name)")
      }
    }
  }
}

extension JSON {
  /// Whether it is the last answer to Alerts, and nothing besides.
  fileprivate var isOnlyAnswer: Bool {
    guard case .object(let members) = self else { return false }
    return members.count == 1 && members["parameters"]?["alerts"] != nil
  }
}

extension InterfaceDescription.Member {
  fileprivate var fields: [InterfaceDescription.Field] {
    switch kind {
    case .type(.structure(let fields)): fields
    case .method(let input, let output): input + output
    case .error(let fields): fields
    default: []
    }
  }
}

/// Sends what it is told to, right or wrong, and waits for what comes.
private final class Caller {
  private let descriptor: Int32
  private var input: [UInt8] = []

  init(_ path: String) throws {
    descriptor = BadCompany.connected(path)
    // A test that waits for what never comes fails after this.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { _ = close(descriptor) }

  func send(_ message: String) { send(bytes: Array(message.utf8) + [0]) }

  func send(bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// The next message; `nil` at the end of the connection.
  func receive() throws -> JSON? {
    while true {
      if let end = input.firstIndex(of: 0) {
        defer { input.removeSubrange(...end) }
        return try JSON(parsing: input[..<end])
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EAGAIN { throw VarlinkClientError.timedOut(.seconds(30)) }
      guard count > 0 else { return nil }
      input += chunk[..<count]
    }
  }
}
