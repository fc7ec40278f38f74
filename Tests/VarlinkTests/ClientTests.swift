import Dispatch
import Testing

@testable import Varlink

@Suite struct `The client` {
  private struct Text: Codable, Equatable { var text: String }
  private struct Number: Codable { var number: Int }
  private struct Nothing: Codable, Equatable {}

  @Test func `a call returns its reply`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path)
    for text in ["a", "b"] {
      #expect(try client.call("org.example.Test.Echo", Text(text: text)) == Text(text: text))
    }
  }

  @Test func `a stream hands over every reply, and the connection serves on`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path)
    var numbers: [Int] = []
    try client.stream("org.example.Test.Count", ["to": 3], of: Number.self) {
      numbers.append($0.number)
      return true
    }
    #expect(numbers == [0, 1, 2, 3])
    #expect(try client.call("org.example.Test.Echo", Text(text: "x")) == Text(text: "x"))
  }

  @Test func `an error of the service is a refusal with its parameters`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path)
    do throws(VarlinkClientError) {
      _ = try client.call("org.example.Test.Nothing", Nothing(), returning: Nothing.self)
      Issue.record("there was a reply")
    } catch {
      guard case .refused(let refusal) = error else { throw error }
      #expect(refusal == .methodNotFound("org.example.Test.Nothing"))
    }
  }

  @Test func `a large message passes in both directions`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path)
    let text = Text(text: String(repeating: "é", count: 30_000))
    #expect(try client.call("org.example.Test.Echo", text) == text)
  }

  @Test func `a service that is silent is given up after the patience`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path, patience: .milliseconds(20))
    do throws(VarlinkClientError) {
      _ = try client.call("org.example.Test.Keep", Nothing(), returning: Nothing.self)
      Issue.record("there was a reply")
    } catch {
      guard case .timedOut = error else { throw error }
    }
  }

  @Test func `a reply without parameters is an empty one`() throws {
    let service = try TestService()
    var client = try VarlinkClient(connectingTo: service.path)
    let server = service.state
    let answering = DispatchQueue(label: "answering")
    answering.async {
      server.events.wait()
      server.kept.withLock { $0.removeFirst() }.reply()
    }
    #expect(
      try client.call("org.example.Test.Keep", Nothing(), returning: Nothing.self) == Nothing())
  }
}
