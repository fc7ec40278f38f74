import ControlProtocol
import FoundationEssentials
import Testing
import Varlink

/// The interface as it was when a version was released, kept beside its
/// conversations: everything in it is still there and means the same.
@Suite struct `The interface only grows` {
  private let now: InterfaceDescription

  init() throws { now = try InterfaceDescription(parsing: ControlInterface.text) }

  static func recorded(_ version: String) throws -> InterfaceDescription {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appending(path: "Conformance/conversations/control-\(version).varlink")
    return try InterfaceDescription(parsing: String(contentsOf: file, encoding: .utf8))
  }

  @Test(arguments: ["0.1"]) func `since a version`(version: String) throws {
    let then = try Self.recorded(version)
    #expect(then.name == now.name)
    #expect(then.members.count >= 40)
    for member in then.members {
      #expect(shortcomings(of: now, to: member) == [])
    }
  }

  @Test func `and the test sees where it does not`() throws {
    func shortcomings(_ then: String, _ now: String) throws -> [String] {
      let now = try InterfaceDescription(parsing: "interface a.b\n" + now)
      return try InterfaceDescription(parsing: "interface a.b\n" + then).members
        .flatMap { self.shortcomings(of: now, to: $0) }
    }
    let method = "method M(a: string) -> (b: int)\n"
    #expect(try shortcomings(method, "method M(a: string, c: ?int) -> (b: int, d: int)\n") == [])
    #expect(try shortcomings(method, "method N() -> ()\n") == ["M has gone"])
    #expect(try shortcomings(method, "method M(a: string, c: int) -> (b: int)\n") == ["M needs c"])
    #expect(try shortcomings(method, "method M() -> (b: int)\n") == ["M.a has gone"])
    #expect(try shortcomings(method, "method M(a: ?string) -> (b: int)\n") == [])
    #expect(try shortcomings(method, "method M(a: string) -> (b: ?int)\n") == ["M.b is another"])
    #expect(try shortcomings(method, "method M(a: string) -> ()\n") == ["M.b has gone"])
    let words = "type W (one, two)\n"
    #expect(try shortcomings(words, "type W (one, two, three)\n") == [])
    #expect(try shortcomings(words, "type W (one, three)\n") == ["W has not all its words"])
    #expect(try shortcomings("error E (a: int)\n", "error E (a: string)\n") == ["E.a is another"])
    let fields = "type T (a: int)\n"
    #expect(try shortcomings(fields, "type T (a: int, b: ?int)\n") == [])
    // Whoever sends the type may leave out what is new.
    #expect(try shortcomings(fields, "type T (b: int)\n") == ["T.a has gone"])
  }

  /// What an older caller or daemon would miss in the present interface.
  private func shortcomings(
    of now: InterfaceDescription, to member: InterfaceDescription.Member
  ) -> [String] {
    let name = member.name
    guard let present = now.members.first(where: { $0.name == name }) else {
      return ["\(name) has gone"]
    }
    switch (member.kind, present.kind) {
    case (.type(.enumeration(let old)), .type(.enumeration(let new))):
      return Set(old).isSubset(of: new) ? [] : ["\(name) has not all its words"]
    case (.type(.structure(let old)), .type(.structure(let new))),
      (.error(let old), .error(let new)):
      return replies(old, new, name)
    case (.type(let old), .type(let new)): return old == new ? [] : ["\(name) is another"]
    case (.method(let oldInput, let oldOutput), .method(let newInput, let newOutput)):
      return calls(oldInput, newInput, name) + replies(oldOutput, newOutput, name)
    default: return ["\(name) is another"]
    }
  }

  /// An old caller gives what it knows, and needs to give no more.
  private func calls(
    _ old: [InterfaceDescription.Field], _ new: [InterfaceDescription.Field], _ name: String
  ) -> [String] {
    let missing = old.compactMap { field -> String? in
      guard let present = new.first(where: { $0.name == field.name }) else {
        return "\(name).\(field.name) has gone"
      }
      return present.type == field.type || present.type == .optional(field.type)
        ? nil : "\(name).\(field.name) is another"
    }
    let needed = new.filter { field in
      if case .optional = field.type { return false }
      return !old.contains { $0.name == field.name }
    }
    return missing + needed.map { "\(name) needs \($0.name)" }
  }

  /// An old reader finds what it knows.
  private func replies(
    _ old: [InterfaceDescription.Field], _ new: [InterfaceDescription.Field], _ name: String
  ) -> [String] {
    old.compactMap { field in
      guard let present = new.first(where: { $0.name == field.name }) else {
        return "\(name).\(field.name) has gone"
      }
      return present.type == field.type ? nil : "\(name).\(field.name) is another"
    }
  }
}
