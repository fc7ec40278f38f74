import Glibc
import Synchronization
import Testing

@testable import Varlink

/// The sequence by which implementations of Varlink certify each other
/// (interface `org.varlink.certification`): what a call returns is what the
/// next has to send, and the service says whether it was.
@Suite struct `Certification` {
  @Test func `our client passes with our service`() throws {
    let service = try CertifyingService()
    try certify(at: service.path)
    #expect(service.faults == [])
  }

  @Test(.enabled(if: hasPythonClient, "the package varlink from PyPI is not installed"))
  func `the client from PyPI passes with our service`() throws {
    let service = try CertifyingService()
    let client = try python(["--client", "--varlink=unix:\(service.path)"])
    #expect(exitStatus(of: client) == 0)
    #expect(service.faults == [])
    #expect(service.certified == 1)
  }

  @Test(.enabled(if: hasPythonClient, "the package varlink from PyPI is not installed"))
  func `our client passes with the service from PyPI`() throws {
    let directory = try temporaryDirectory()
    let path = directory + "/socket"
    let server = try python(["--varlink=unix:\(path)"])
    defer {
      // A child of a Dispatch thread inherits its mask, and hears nothing else.
      _ = kill(server, SIGKILL)
      _ = exitStatus(of: server)
      _ = unlink(path)
      _ = rmdir(directory)
    }
    try certify(at: path)
  }

  /// A service that is still starting gets its time.
  private func certify(at path: String) throws {
    var waits = 0
    while access(path, F_OK) != 0, waits < 1000 {
      waits += 1
      _ = poll(nil, 0, 10)
    }
    var client = try VarlinkClient(connectingTo: path)
    func name(_ method: String) -> String { "org.varlink.certification.\(method)" }

    let start = try client.callJSON(name("Start"), [:])
    let id = try #require(start["client_id"])
    var reply = start
    for method in ["01", "02", "03", "04", "05", "06", "07", "08", "09"] {
      guard case .object(var parameters) = reply else { return }
      parameters["client_id"] = id
      reply = try client.callJSON(name("Test\(method)"), .object(parameters))
    }
    var strings: [JSON] = []
    try client.streamJSON(
      name("Test10"), ["client_id": id, "mytype": try #require(reply["mytype"])]
    ) {
      strings.append($0["string"] ?? .null)
      return true
    }
    #expect(strings.count == 10)
    try client.callOneway(
      name("Test11"), ["client_id": id, "last_more_replies": .array(strings)])
    #expect(try client.callJSON(name("End"), ["client_id": id]) == ["all_ok": true])
  }
}

/// Holds what a type of JSON values has to be decoded from.
private struct AnyReply: Decodable {
  var value: JSON

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      value = .null
    } else if let bool = try? container.decode(Bool.self) {
      value = .bool(bool)
    } else if let integer = try? container.decode(Int64.self) {
      value = .integer(integer)
    } else if let real = try? container.decode(Double.self) {
      value = .real(real)
    } else if let string = try? container.decode(String.self) {
      value = .string(string)
    } else if let elements = try? container.decode([AnyReply].self) {
      value = .array(elements.map(\.value))
    } else {
      value = .object(try container.decode([String: AnyReply].self).mapValues(\.value))
    }
  }
}

extension VarlinkClient {
  fileprivate mutating func callJSON(_ method: String, _ parameters: JSON) throws -> JSON {
    try call(method, parameters, returning: AnyReply.self).value
  }

  fileprivate mutating func streamJSON(
    _ method: String, _ parameters: JSON, _ body: (JSON) -> Bool
  ) throws {
    try stream(method, parameters, of: AnyReply.self) { body($0.value) }
  }
}

/// The certifying side: each call has to bring what the one before returned.
private final class CertifyingService: Sendable {
  let path: String
  private let directory: String
  private let server: VarlinkServer
  private let state: State

  private final class State: Sendable {
    let faults = Mutex<[String]>([])
    let certified = Mutex(0)
  }

  var faults: [String] { state.faults.withLock { $0 } }
  var certified: Int { state.certified.withLock { $0 } }

  init() throws {
    directory = try temporaryDirectory()
    path = directory + "/socket"
    let state = State()
    self.state = state
    let interface = try VarlinkInterface(CertifyingService.text) { call, replier in
      let method = String(call.method.split(separator: ".").last ?? "")
      guard case .object(var parameters) = call.parameters else { return }
      parameters["client_id"] = nil
      if let wanted = CertifyingService.wanted[method], !wanted.equals(.object(parameters)) {
        state.faults.withLock { $0.append("\(method): \(parameters)") }
      }
      switch method {
      case "Start": replier.reply(["client_id": "1"])
      case "Test10":
        for number in 1..<10 { replier.replyContinuing(["string": "Reply number \(number)"]) }
        replier.reply(["string": "Reply number 10"])
      case "Test11":
        if !call.isOneway { state.faults.withLock { $0.append("not oneway") } }
      case "End":
        state.certified.withLock { $0 += 1 }
        replier.reply(["all_ok": true])
      default: replier.reply(CertifyingService.returned[method] ?? .null)
      }
    }
    server = VarlinkServer(
      VarlinkService(vendor: "", product: "", version: "", url: "", interfaces: [interface]),
      on: [try ListeningSocket(binding: path, name: "test")])
    server.start()
  }

  deinit {
    server.stop()
    _ = rmdir(directory)
  }

  private static let four: JSON = [
    "bool": false, "int": 2, "float": .real(Double.pi), "string": "a lot of string",
  ]
  private static let map: JSON = ["foo": "Foo", "bar": "Bar"]
  private static let set: JSON = ["one": [:], "two": [:], "three": [:]]
  private static let myType: JSON = [
    "object": ["method": "org.varlink.certification.Test09", "parameters": ["map": map]],
    "enum": "two", "struct": ["first": 1, "second": "2"], "array": ["one", "two", "three"],
    "dictionary": map, "stringset": set,
    "interface": [
      "foo": [nil, ["foo": "foo", "bar": "bar"], nil, ["one": "foo", "two": "bar"]],
      "anon": ["foo": true, "bar": false],
    ],
  ]

  private static let returned: [String: JSON] = [
    "Test01": ["bool": true], "Test02": ["int": 1], "Test03": ["float": .real(1)],
    "Test04": ["string": "ping"], "Test05": four, "Test06": ["struct": four],
    "Test07": ["map": map], "Test08": ["set": set], "Test09": ["mytype": myType],
  ]

  private static let wanted: [String: JSON] = [
    "Test01": [:], "Test02": ["bool": true], "Test03": ["int": 1], "Test04": ["float": .real(1)],
    "Test05": ["string": "ping"], "Test06": four, "Test07": ["struct": four],
    "Test08": ["map": map], "Test09": ["set": set], "Test10": ["mytype": myType],
    "Test11": [
      "last_more_replies": .array((1...10).map { .string("Reply number \($0)") })
    ], "End": [:],
  ]

  private static let text = """
    interface org.varlink.certification

    type Interface (
      foo: ?[]?[string](foo, bar, baz),
      anon: (foo: bool, bar: bool)
    )

    type MyType (
      object: object,
      enum: (one, two, three),
      struct: (first: int, second: string),
      array: []string,
      dictionary: [string]string,
      stringset: [string](),
      nullable: ?string,
      nullable_array_struct: ?[](first: int, second: string),
      interface: Interface
    )

    method Start() -> (client_id: string)
    method Test01(client_id: string) -> (bool: bool)
    method Test02(client_id: string, bool: bool) -> (int: int)
    method Test03(client_id: string, int: int) -> (float: float)
    method Test04(client_id: string, float: float) -> (string: string)
    method Test05(client_id: string, string: string) -> (
      bool: bool, int: int, float: float, string: string
    )
    method Test06(
      client_id: string, bool: bool, int: int, float: float, string: string
    ) -> (struct: (bool: bool, int: int, float: float, string: string))
    method Test07(
      client_id: string, struct: (bool: bool, int: int, float: float, string: string)
    ) -> (map: [string]string)
    method Test08(client_id: string, map: [string]string) -> (set: [string]())
    method Test09(client_id: string, set: [string]()) -> (mytype: MyType)
    method Test10(client_id: string, mytype: MyType) -> (string: string)
    method Test11(client_id: string, last_more_replies: []string) -> ()
    method End(client_id: string) -> (all_ok: bool)

    error ClientIdError ()
    error CertificationError (wants: object, got: object)
    """
}

extension JSON {
  /// Equal, where a number may be written either way and `null` means absent.
  fileprivate func equals(_ other: JSON) -> Bool {
    switch (self, other) {
    case (.real(let one), .integer(let two)), (.integer(let two), .real(let one)):
      return one == Double(two)
    case (.array(let one), .array(let two)):
      return one.count == two.count && zip(one, two).allSatisfy { $0.equals($1) }
    case (.object(let one), .object(let two)):
      return Set(one.keys).union(two.keys).allSatisfy {
        (one[$0] ?? .null).equals(two[$0] ?? .null)
      }
    default: return self == other
    }
  }
}

private let hasPythonClient: Bool =
  (try? spawn(["python3", "-c", "import varlink.tests.test_certification"]))
  .map { exitStatus(of: $0) == 0 } ?? false

private func python(_ arguments: [String]) throws -> pid_t {
  try spawn(["python3", "-m", "varlink.tests.test_certification"] + arguments)
}

/// Starts a program of the search path, its output thrown away.
private func spawn(_ arguments: [String]) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
  }
  var words = arguments.map { strdup($0) } + [nil]
  defer { words.forEach { free($0) } }
  var process: pid_t = 0
  let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
  guard code == 0 else { throw SocketError("start \(arguments[0])", code: code) }
  return process
}

private func exitStatus(of process: pid_t) -> Int32 {
  var status: Int32 = 0
  guard waitpid(process, &status, 0) == process, status & 0x7F == 0 else { return -1 }
  return status >> 8
}
