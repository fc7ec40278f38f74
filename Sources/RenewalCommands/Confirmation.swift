import ArgumentParser
import Glibc

/// A person's word before money is spent or its record is changed.
struct ConfirmationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Go ahead without a question; takes the word that it asks for, such as the group's id.",
      valueName: "word"))
  var confirm: String?

  init() {}

  init(confirm: String?) { self.confirm = confirm }

  /// - Parameters:
  ///   - question: what is to happen, with the money in it.
  ///   - word: what has to be typed, or given as `option`.
  /// - Throws: `CommandFailure` where there is no yes. Without a terminal
  ///   nobody is asked.
  func require(
    _ question: String, typing word: String, option: String = "--confirm"
  ) throws(CommandFailure) {
    if let confirm {
      guard confirm == word else {
        throw CommandFailure(
          .usage, "--confirm \(confirm) does not name \(word)",
          remedy: "\(option) \(quoted(word)) if that is meant")
      }
      return
    }
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
      throw CommandFailure(
        .usage, "there is no terminal on which to ask: \(question)",
        remedy: "add \(option) \(quoted(word))")
    }
    Waiting.stop()
    try write("\(printable(question))\nType \(word) to go ahead: ", to: STDERR_FILENO)
    guard readLine() == word else { throw CommandFailure(.failed, "nothing was done") }
  }

  private func quoted(_ word: String) -> String { word.contains(" ") ? "'\(word)'" : word }
}
