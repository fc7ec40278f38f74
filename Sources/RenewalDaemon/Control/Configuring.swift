import Configuration
import ControlProtocol
import RenewalCore
import Varlink

/// The methods about configurations, in force or not. None of them loads one.
extension ControlService {
  /// - Throws: `ControlError.configurationRejected` with every problem.
  func configuration(from sources: [ConfigurationText]) throws -> DaemonConfiguration {
    do throws(ConfigurationError) {
      return try DaemonConfiguration(texts: sources, directories: configuration.directories)
    } catch {
      throw ControlError.configurationRejected(problems: error.problems.map(\.description))
    }
  }

  func showConfiguration() -> ShowConfigurationCall.Reply {
    ShowConfigurationCall.Reply(
      path: path,
      settings: configuration.settings.map { SettingReport(key: $0.key, value: $0.value) })
  }

  /// The first step of each group in the coming year, by both configurations.
  func compare(_ call: CompareConfigurationCall, _ replier: VarlinkReplier) throws {
    let other = try configuration(from: call.sources)
    let from = engine.now
    let before = FirstSteps(engine)
    let after = FirstSteps(engine)
    let changes = SettingChange.between(configuration.settings, other.settings)
    let second = Projection(
      ProjectionRules(other), bounds: .all, from: from, until: from + .days(366),
      step: after.take,
      finish: {
        let keys = Set(before.entries.keys).union(after.entries.keys).sorted()
        let changed = keys.filter { before.entries[$0] != after.entries[$0] }
        replier.reply(
          CompareConfigurationCall.Reply(
            settings: changes,
            decisions: changed.prefix(1000).map { key in
              let (old, new) = (before.entries[key], after.entries[key])
              return DecisionChange(
                account: key.account, group: key.group, name: (old ?? new)?.name ?? "",
                before: old, after: new)
            },
            changedGroups: changed.count, groups: before.groups))
      })
    run(
      Projection(
        ProjectionRules(engine.settings), bounds: .all, from: from, until: from + .days(366),
        load: { _ in before.groups += 1 }, step: before.take,
        finish: { [self] in run(second, replier) }), replier)
  }
}

private final class FirstSteps {
  private let engine: RenewalEngine
  private(set) var entries: [GroupKey: PlanEntry] = [:]
  var groups = 0

  init(_ engine: RenewalEngine) { self.engine = engine }

  func take(_ step: SimulatedStep) {
    let key = step.record.key
    guard entries[key] == nil else { return }
    entries[key] = PlanEntry(step, engine.quotes[key])
  }
}

extension DaemonConfiguration {
  init(
    texts: [ConfigurationText], directories: Directories = .standard
  ) throws(ConfigurationError) {
    try self.init(
      sources: texts.map { ConfigurationSource(file: $0.file, text: $0.text) },
      directories: directories)
  }
}

extension CheckConfigurationCall {
  /// Needs nothing of a daemon.
  var reply: Reply {
    do throws(ConfigurationError) {
      _ = try DaemonConfiguration(texts: sources)
      return Reply(problems: [])
    } catch {
      return Reply(problems: error.problems.map(\.description))
    }
  }
}

extension SettingChange {
  static func between(
    _ old: [EffectiveSetting], _ new: [EffectiveSetting]
  ) -> [SettingChange] {
    let before = Dictionary(old.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    let after = Dictionary(new.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    let added = new.filter { before[$0.key] == nil }
    return (old + added).map(\.key).compactMap { key in
      before[key] == after[key]
        ? nil : SettingChange(key: key, before: before[key], after: after[key])
    }
  }
}
