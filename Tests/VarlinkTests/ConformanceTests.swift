import Dispatch
import Glibc
import Testing

@testable import Varlink

@Suite struct `The protocol on the wire` {
  let service: TestService
  let caller: RawCaller

  init() throws {
    service = try TestService()
    caller = try RawCaller(service)
  }

  private func call(_ method: String, _ parameters: JSON = [:], _ more: String = "") -> String {
    #"{"method":"\#(method)","parameters":\#(parameters)\#(more)}"#
  }

  private func error(_ name: String, _ parameters: JSON) -> JSON {
    ["error": .string("org.varlink.service.\(name)"), "parameters": parameters]
  }

  @Test func `a call is answered with its parameters`() throws {
    let reply = try caller.ask(call("org.example.Test.Echo", ["text": "schön \u{0001} \"\\"]))
    #expect(reply == ["parameters": ["text": "schön \u{0001} \"\\"]])
  }

  @Test func `parameters may be null or absent where none are needed`() throws {
    let expected: JSON = ["parameters": ["description": .string(TestService.text)]]
    #expect(
      try caller.ask(
        call("org.varlink.service.GetInterfaceDescription", ["interface": "org.example.Test"]))
        == expected)
    for message in [
      #"{"method":"org.varlink.service.GetInfo"}"#,
      #"{"method":"org.varlink.service.GetInfo","parameters":null}"#,
      #" {"parameters":{}, "method":"org.varlink.service.GetInfo"} "#,
    ] {
      #expect(
        try caller.ask(message) == [
          "parameters": [
            "vendor": "Example", "product": "Test", "version": "1", "url": "http://example.org",
            "interfaces": ["org.example.Test", "org.varlink.service"],
          ]
        ])
    }
  }

  @Test func `the service interface describes itself`() throws {
    let reply = try caller.ask(
      call("org.varlink.service.GetInterfaceDescription", ["interface": "org.varlink.service"]))
    #expect(reply?["parameters"]?["description"] == .string(VarlinkService.introspectionText))
    let parsed = try InterfaceDescription(parsing: VarlinkService.introspectionText)
    #expect(parsed.method("GetInfo") != nil)
  }

  @Test(
    arguments: [
      ("org.example.Nothing.Echo", [:], "InterfaceNotFound", ["interface": "org.example.Nothing"]),
      ("Echo", [:], "InterfaceNotFound", ["interface": "Echo"]),
      ("", [:], "InterfaceNotFound", ["interface": ""]),
      ("org.example.Test.Nothing", [:], "MethodNotFound", ["method": "org.example.Test.Nothing"]),
      ("org.example.Test.", [:], "MethodNotFound", ["method": "org.example.Test."]),
      (
        "org.varlink.service.Nothing", [:], "MethodNotFound",
        ["method": "org.varlink.service.Nothing"]
      ),
      ("org.example.Test.Mode", [:], "MethodNotFound", ["method": "org.example.Test.Mode"]),
      ("org.example.Test.Forbidden", ["x": 1], "PermissionDenied", [:]),
      ("org.example.Test.Echo", [:], "InvalidParameter", ["parameter": "text"]),
      ("org.example.Test.Echo", ["text": nil], "InvalidParameter", ["parameter": "text"]),
      ("org.example.Test.Echo", ["text": 3], "InvalidParameter", ["parameter": "text"]),
      (
        "org.example.Test.Echo", ["text": "", "more": 1], "InvalidParameter", ["parameter": "more"]
      ),
      (
        "org.example.Test.Echo", ["text": "", "nested": ["mode": "shrill"]], "InvalidParameter",
        ["parameter": "nested.mode"]
      ),
      (
        "org.example.Test.Echo", ["text": "", "nested": ["mode": "loud", "list": [1, "x"]]],
        "InvalidParameter", ["parameter": "nested.list[1]"]
      ),
      ("org.varlink.service.GetInfo", ["x": 1], "InvalidParameter", ["parameter": "x"]),
      (
        "org.varlink.service.GetInterfaceDescription", [:], "InvalidParameter",
        ["parameter": "interface"]
      ),
      (
        "org.varlink.service.GetInterfaceDescription", ["interface": "org.example.Nothing"],
        "InterfaceNotFound", ["interface": "org.example.Nothing"]
      ),
      ("org.example.Test.Count", ["to": 3], "ExpectedMore", [:]),
    ] as [(String, JSON, String, JSON)])
  func `a call that cannot be served is told why`(
    method: String, parameters: JSON, name: String, detail: JSON
  ) throws {
    #expect(try caller.ask(call(method, parameters)) == error(name, detail))
    // And the connection goes on.
    #expect(try caller.ask(call("org.example.Test.Echo", ["text": "on"])) != nil)
  }

  @Test(arguments: [
    "", " ", "null", "[]", "\"\"", "1", "true", "{", "{}", "{]", "nonsense", "{\"method\":}",
    #"{"method":null}"#, #"{"method":1}"#, #"{"Method":"org.varlink.service.GetInfo"}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":[]}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":""}"#,
    #"{"method":"org.varlink.service.GetInfo","more":1}"#,
    #"{"method":"org.varlink.service.GetInfo","more":null}"#,
    #"{"method":"org.varlink.service.GetInfo","oneway":"true"}"#,
    #"{"method":"org.varlink.service.GetInfo","upgrade":0}"#,
    #"{"method":"org.varlink.service.GetInfo","oneway":true,"more":true}"#,
    #"{"method":"org.varlink.service.GetInfo","surplus":{}}"#,
    #"{"method":"org.varlink.service.GetInfo","com.example.extension":1}"#,
    #"{"method":"org.varlink.service.GetInfo","com..example":{}}"#,
    #"{"method":"org.varlink.service.GetInfo","method":"org.varlink.service.GetInfo"}"#,
    #"{"method":"org.varlink.service.GetInfo","m\u0065thod":"org.varlink.service.GetInfo"}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":{"a":1,"a":1}}"#,
    #"{"method":"org.varlink.service.GetInfo"}{}"#, #"{"method":"org.varlink.service.GetInfo"} x"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":{"a":01}}"#,
    #"{"method":"org.varlink.service.GetInfo","parameters":{"a":"\ud800"}}"#,
    "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"a\":\"\n\"}}",
  ])
  func `bytes that are no call end the connection without a reply`(message: String) throws {
    #expect(try caller.ask(message) == nil)
  }

  @Test func `text that is not UTF-8 ends the connection without a reply`() throws {
    caller.send(Array(#"{"method":""#.utf8) + [0xC3, 0x28] + Array("\"}\0".utf8))
    #expect(try caller.receive() == nil)
  }

  @Test func `values nested too deeply end the connection without a reply`() throws {
    let depth = 20_000
    let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(try caller.ask(#"{"method":"a.b.C","parameters":{"a":\#(nested)}}"#) == nil)
  }

  @Test func `an extension under a domain's name is ignored`() throws {
    let reply = try caller.ask(
      call("org.example.Test.Echo", ["text": "x"], #","com.example.trace":{"id":[1]}"#))
    #expect(reply == ["parameters": ["text": "x"]])
  }

  @Test func `calls sent at once are answered in their order`() throws {
    caller.send(
      call("org.example.Test.Echo", ["text": "1"]), call("org.example.Test.Nothing"),
      call("org.example.Test.Count", ["to": 1], #","more":true"#),
      call("org.example.Test.Echo", ["text": "2"]))
    #expect(try caller.receive() == ["parameters": ["text": "1"]])
    #expect(
      try caller.receive() == error("MethodNotFound", ["method": "org.example.Test.Nothing"]))
    #expect(try caller.receive() == ["parameters": ["number": 0], "continues": true])
    #expect(try caller.receive() == ["parameters": ["number": 1]])
    #expect(try caller.receive() == ["parameters": ["text": "2"]])
  }

  @Test func `answers before a malformed call are still given`() throws {
    caller.send(call("org.example.Test.Echo", ["text": "1"]), "nonsense", call("x.y.Z"))
    #expect(try caller.receive() == ["parameters": ["text": "1"]])
    #expect(try caller.receive() == nil)
  }

  @Test func `a call may arrive a byte at a time`() throws {
    for byte in Array(call("org.example.Test.Echo", ["text": "x"]).utf8) + [0] {
      caller.send([byte])
    }
    #expect(try caller.receive() == ["parameters": ["text": "x"]])
  }

  @Test func `with more the last of several replies does not continue`() throws {
    caller.send(call("org.example.Test.Count", ["to": 2], #","more":true"#))
    #expect(try caller.receive() == ["parameters": ["number": 0], "continues": true])
    #expect(try caller.receive() == ["parameters": ["number": 1], "continues": true])
    #expect(try caller.receive() == ["parameters": ["number": 2]])
  }

  @Test func `a method that answers once does so with more too`() throws {
    let reply = try caller.ask(call("org.example.Test.Echo", ["text": "x"], #","more":true"#))
    #expect(reply == ["parameters": ["text": "x"]])
  }

  @Test func `an error of the interface carries its parameters`() throws {
    let reply = try caller.ask(call("org.example.Test.Count", ["to": -1], #","more":true"#))
    #expect(reply == ["error": "org.example.Test.Broken", "parameters": ["depth": 7]])
  }

  @Test func `a oneway call gets no reply, nor does its error`() throws {
    caller.send(
      call("org.example.Test.Echo", ["text": "1"], #","oneway":true"#),
      call("org.example.Test.Nothing", [:], #","oneway":true"#),
      call("org.example.Test.Echo", [:], #","oneway":true"#),
      call("org.varlink.service.GetInfo", [:], #","oneway":true"#),
      call("org.example.Test.Drop", [:], #","oneway":true"#),
      call("org.example.Test.Echo", ["text": "2"]))
    #expect(try caller.receive() == ["parameters": ["text": "2"]])
    #expect(service.state.calls.withLock { $0.map(\.isOneway) } == [true, true, false])
  }

  @Test func `an upgrade is refused and the connection stays`() throws {
    let reply = try caller.ask(call("org.example.Test.Echo", ["text": "1"], #","upgrade":true"#))
    #expect(reply == error("MethodNotImplemented", ["method": "org.example.Test.Echo"]))
    #expect(try caller.ask(call("org.example.Test.Echo", ["text": "2"])) != nil)
  }

  @Test func `a caller who ends his output still gets his answers`() throws {
    caller.send(call("org.example.Test.Keep"), call("org.example.Test.Echo", ["text": "x"]))
    caller.endOutput()
    service.state.events.wait()
    service.state.kept.withLock { $0.removeFirst() }.reply()
    #expect(try caller.receive() == ["parameters": [:]])
    #expect(try caller.receive() == ["parameters": ["text": "x"]])
    #expect(try caller.receive() == nil)
  }

  @Test func `a call may be answered later from another queue`() throws {
    caller.send(call("org.example.Test.Keep"))
    service.state.events.wait()
    let replier = service.state.kept.withLock { $0.removeFirst() }
    DispatchQueue(label: "elsewhere").async { replier.reply() }
    #expect(try caller.receive() == ["parameters": [:]])
  }

  @Test func `only the first final answer counts`() throws {
    caller.send(call("org.example.Test.Keep"))
    service.state.events.wait()
    let replier = service.state.kept.withLock { $0.removeFirst() }
    replier.fail(.permissionDenied)
    replier.reply()
    replier.replyContinuing(JSON.object([:]))
    #expect(try caller.receive() == error("PermissionDenied", [:]))
    #expect(
      try caller.ask(call("org.example.Test.Echo", ["text": "x"])) == ["parameters": ["text": "x"]])
  }

  @Test func `a call that is forgotten ends the connection instead of hanging`() throws {
    #expect(try caller.ask(call("org.example.Test.Drop")) == nil)
  }

  @Test func `the handler learns who calls`() throws {
    _ = try caller.ask(call("org.example.Test.Echo", ["text": "x"]))
    let caller = service.state.calls.withLock { $0[0].caller }
    #expect(caller.socket == "readers")
    #expect(
      caller.peer == PeerCredentials(processID: getpid(), userID: getuid(), groupID: getgid()))
  }
}
