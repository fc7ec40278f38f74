import Testing

@testable import Varlink

@Suite struct `Interface descriptions` {
  @Test(arguments: [TestService.text, VarlinkService.introspectionText])
  func `what is printed parses to the same interface`(text: String) throws {
    let parsed = try InterfaceDescription(parsing: text)
    #expect(try InterfaceDescription(parsing: parsed.description) == parsed)
  }

  @Test func `a text in the printer's form is printed as it was`() throws {
    let parsed = try InterfaceDescription(parsing: TestService.text)
    #expect(parsed.description == TestService.text)
  }

  @Test func `every type of the language is read`() throws {
    let parsed = try InterfaceDescription(
      parsing: """
        interface a.b-c.D2 # behind
        type All(b:bool,i:int,f:float,s:string,o:object,n:All2,e:(one,two),t:(x:int),
          a:[]int,d:[string]string,q:?[]?int, set:[string]())
        type All2 ()
        error E(x_1: int)
        method M()->()
        """)
    let int = InterfaceType.int
    let fields: [(String, InterfaceType)] = [
      ("b", .bool), ("i", int), ("f", .float), ("s", .string), ("o", .object),
      ("n", .named("All2")), ("e", .enumeration(["one", "two"])),
      ("t", .structure([.init(name: "x", documentation: [], type: int)])), ("a", .array(int)),
      ("d", .dictionary(.string)), ("q", .optional(.array(.optional(int)))),
      ("set", .dictionary(.structure([]))),
    ]
    #expect(
      parsed.type("All")
        == .structure(fields.map { .init(name: $0.0, documentation: [], type: $0.1) }))
    #expect(try InterfaceDescription(parsing: parsed.description) == parsed)
  }

  @Test func `comments document what follows them`() throws {
    let parsed = try InterfaceDescription(
      parsing: """
        # The interface.
        interface a.b

        # Not this.

        # The method,
        # on two lines.
        method M(
          # A field.
          x: int
        ) -> ()
        """)
    #expect(parsed.documentation == ["The interface."])
    #expect(parsed.members[0].documentation == ["The method,", "on two lines."])
    #expect(parsed.method("M")?.input[0].documentation == ["A field."])
  }

  @Test(arguments: [
    ("", 1), ("type A ()", 1), ("interface a", 1), ("interface a.b.", 1), ("interface .a", 1),
    ("interface a.-b", 1), ("interface 1a.b", 1), ("interface a.b\ninterface c.d", 2),
    ("interface a.b\nmethod m() -> ()", 2), ("interface a.b\nmethod M()", 2),
    ("interface a.b\ntype A (x: ??int)", 2), ("interface a.b\ntype A (x: Y)", 2),
    ("interface a.b\ntype A (x: int, x: int)", 2), ("interface a.b\ntype A (x: int, y)", 2),
    ("interface a.b\ntype A (x, y: int)", 2), ("interface a.b\ntype A (_x: int)", 2),
    ("interface a.b\ntype A (x_: int)", 2), ("interface a.b\ntype A (x__y: int)", 2),
    ("interface a.b\ntype A (x: int,)", 2), ("interface a.b\ntype A (x: [int]int)", 2),
    ("interface a.b\ntype A ()\n\nerror A ()", 4), ("interface a.b\nerror E (one, two)", 2),
    ("interface a.b\ntype A (x: int", 2), ("interface a.b\ntype A int", 2),
  ])
  func `a broken text is refused with its line`(text: String, line: Int) {
    let error = #expect(throws: InterfaceSyntaxError.self) {
      try InterfaceDescription(parsing: text)
    }
    #expect(error?.line == line)
  }

  @Test func `types nested without end are refused`() {
    let type = String(repeating: "[]", count: 100_000) + "int"
    #expect(throws: InterfaceSyntaxError.self) {
      try InterfaceDescription(parsing: "interface a.b\ntype A (x: \(type))")
    }
  }
}
