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

  @Test func `names every command, and the questions before the list`() {
    let lines = root.split(separator: "\n")
    for command in RenewalCommand.configuration.subcommands {
      let name = command.configuration.commandName ?? ""
      let isNamed = lines.contains { $0.hasPrefix("  \(name) ") }
      #expect(isNamed, "\(name)")
    }
    let question = lines.firstIndex { $0.contains("WANT TO KNOW") } ?? .max
    let list = lines.firstIndex { $0.contains("SUBCOMMANDS") } ?? 0
    #expect(question < list)
  }

  /// A command that is broken over two lines cannot be copied.
  @Test func `breaks no command over lines`() {
    let written = RenewalCommand.configuration.discussion.split(separator: "\n")
    let shown = Set(root.split(separator: "\n"))
    #expect(written.count > 20)
    for line in written { #expect(shown.contains(line), "\(line)") }
    for command in RenewalCommand.configuration.subcommands {
      let examples = command.configuration.discussion.split(separator: "\n")
        .filter { $0.hasPrefix("  ") }
      #expect(examples.allSatisfy { $0.count < 80 }, "\(examples)")
    }
  }

  @Test func `of every command begins with an example`() {
    for command in RenewalCommand.configuration.subcommands {
      let help = RenewalCommand.helpMessage(for: command, columns: 200)
      let name = command.configuration.commandName ?? ""
      let lines = help.split(separator: "\n")
      let example = lines.firstIndex { $0.contains("renewalctl \(name)") && !$0.contains("USAGE") }
      let usage = lines.firstIndex { $0.contains("USAGE") } ?? .max
      #expect((example ?? .max) < usage, "\(name) has no example")
    }
  }
}
