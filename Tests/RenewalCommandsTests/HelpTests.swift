import ArgumentParser
import Testing

@testable import RenewalCommands

@Suite struct `Help` {
  private let root = RenewalCommand.helpMessage(columns: 80)

  @Test(arguments: [
    ("Which group expires next?", "list"), ("Why was it not renewed yesterday?", "history"),
    ("What will be paid this month", "plan"), ("Stop all payments", "pause"),
  ])
  func `alone leads from a question to its command`(question: String, command: String) {
    let line = root.split(separator: "\n").first { $0.contains(question) }
    #expect(line?.contains("renewalctl \(command)") == true)
  }

  @Test func `names every command, examples first`() throws {
    let names = RenewalCommand.configuration.subcommands.compactMap(\.configuration.commandName)
    #expect(names.count >= 25)
    for name in names { #expect(root.contains("\n  \(name) "), "\(name)") }
    let question = try #require(root.firstRange(of: "WANT TO KNOW"))
    let list = try #require(root.firstRange(of: "SUBCOMMANDS"))
    #expect(question.lowerBound < list.lowerBound)
  }

  @Test func `of every command begins with an example`() throws {
    for command in RenewalCommand.configuration.subcommands {
      let help = RenewalCommand.helpMessage(for: command, columns: 200)
      let name = try #require(command.configuration.commandName)
      let example = try #require(
        help.split(separator: "\n").first { $0.contains("renewalctl \(name)") }, "\(name)")
      #expect(!example.contains("USAGE"), "\(name) has no example")
    }
  }
}
