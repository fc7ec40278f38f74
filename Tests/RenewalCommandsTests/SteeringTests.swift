import ControlProtocol
import Glibc
import RenewalCore
import Synchronization
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `Steering the daemon` {
  /// Answers the operators' calls and keeps them.
  private final class Operators: Sendable {
    let calls = Mutex<[VarlinkCall]>([])
    let outcome: RenewNowCall.Outcome

    init(outcome: RenewNowCall.Outcome = .started) { self.outcome = outcome }

    func answer(_ call: VarlinkCall, _ replier: VarlinkReplier) {
      calls.withLock { $0.append(call) }
      switch call.method {
      case DescribeCall.qualifiedMethod: replier.reply(Samples.description)
      case HoldCall.qualifiedMethod: replier.reply(HoldCall.Reply(group: Samples.lab))
      case RenewNowCall.qualifiedMethod:
        replier.reply(
          RenewNowCall.Reply(group: Samples.lab, outcome: Term(outcome), reason: "because"))
      case PrepareOverrideCall.qualifiedMethod:
        replier.reply(
          PrepareOverrideCall.Reply(
            token: "t-1", expiresAt: Samples.at(.minutes(5)), renewal: Samples.unknown,
            group: Samples.lab, sentence: "it is recorded as paid"))
      case ConfirmOverrideCall.qualifiedMethod:
        replier.reply(ConfirmOverrideCall.Reply(group: Samples.lab))
      default: replier.reply()
      }
    }

    func parameters(of method: String) -> JSON? {
      calls.withLock { calls in calls.last { $0.method == method }?.parameters }
    }
  }

  private let lab = Samples.lab.id.text

  private func run(
    _ arguments: [String], with operators: Operators
  ) throws -> (failure: CommandFailure?, parameters: JSON?) {
    let daemon = try FakeDaemon(
      socket: ControlInterface.operatorsSocket,
      handler: { call, replier in operators.answer(call, replier) })
    let parsed = try RenewalCommand.parseAsRoot(arguments + ["--socket", daemon.path, "--plain"])
    let command = try #require(parsed as? any RenewalSubcommand)
    do throws(CommandFailure) {
      try command.execute()
      return (nil, operators.calls.withLock { $0.last?.parameters })
    } catch {
      return (error, operators.calls.withLock { $0.last?.parameters })
    }
  }

  @Test func `a hold carries its reason and its end`() throws {
    let (failure, parameters) = try run(
      ["hold", "lab", "--reason", "moves", "--until", "2026-04-01"], with: Operators())
    #expect(failure == nil)
    #expect(
      parameters == ["group": "lab", "reason": "moves", "until": "2026-04-01T00:00:00Z"])
  }

  @Test func `a pause needs a reason`() throws {
    #expect(throws: (any Error).self) { try RenewalCommand.parseAsRoot(["pause"]) }
    let (failure, parameters) = try run(["pause", "--reason", "audit"], with: Operators())
    #expect(failure == nil)
    #expect(parameters == ["reason": "audit"])
  }

  @Test func `renew spends nothing without the word of a person`() throws {
    let operators = Operators()
    let (failure, _) = try run(["renew", "lab", "--now", "--confirm", "lab"], with: operators)
    #expect(failure?.code == .usage)
    #expect(operators.parameters(of: RenewNowCall.qualifiedMethod) == nil)
    #expect(throws: (any Error).self) { try RenewalCommand.parseAsRoot(["renew", "lab"]) }
  }

  @Test(.enabled(if: isatty(STDIN_FILENO) == 0, "somebody could be asked"))
  func `without a terminal nobody is asked, and the remedy names the way`() throws {
    let operators = Operators()
    let (failure, _) = try run(["renew", "lab", "--now"], with: operators)
    #expect(failure?.code == .usage)
    #expect(failure?.remedy == "add --confirm \(lab)")
    #expect(failure?.message.contains("Renew \(lab)") == true)
    #expect(operators.parameters(of: RenewNowCall.qualifiedMethod) == nil)
  }

  @Test(
    arguments: [
      (.started, nil), (.nothingDue, 10), (.deferred, 11), (.outcomeUnknown, 12), (.refused, 13),
    ] as [(RenewNowCall.Outcome, Int32?)])
  func `the outcomes of renew are told apart`(
    outcome: RenewNowCall.Outcome, code: Int32?
  ) throws {
    let (failure, parameters) = try run(
      ["renew", "lab", "--now", "--confirm", lab], with: Operators(outcome: outcome))
    #expect(failure?.code.rawValue == code)
    #expect(parameters == ["account": "main", "group": .string(lab)])
  }

  @Test func `an override is confirmed with the token that was given for it`() throws {
    let operators = Operators()
    let (failure, parameters) = try run(
      ["confirm-paid", "lab", "--order", "22", "--confirm", lab], with: operators)
    #expect(failure == nil)
    #expect(
      operators.parameters(of: PrepareOverrideCall.qualifiedMethod)
        == ["group": "lab", "override": "confirmPaid"])
    #expect(parameters == ["order": "22", "token": "t-1"])
  }

  @Test(.enabled(if: isatty(STDIN_FILENO) == 0, "somebody could be asked"))
  func `an override is asked for by group, attempt, money and expiry`() throws {
    let (failure, _) = try run(["confirm-not-paid", "lab"], with: Operators())
    let renewal = Samples.unknown
    let question = try #require(failure?.message)
    for word in [
      renewal.group.text, "Attempt \(renewal.attempt)", try #require(renewal.quote).description,
      renewal.expiry.description,
    ] {
      #expect(question.contains(word))
    }
    #expect(failure?.remedy == "add --confirm \(renewal.group)")
  }

  @Test func `an override without a yes is only prepared`() throws {
    let operators = Operators()
    let (failure, _) = try run(["retry-once", "lab", "--confirm", "x"], with: operators)
    #expect(failure?.code == .usage)
    #expect(operators.parameters(of: ConfirmOverrideCall.qualifiedMethod) == nil)
  }
}
