import RenewalCore

/// One file of a configuration that is not in force.
package struct ConfigurationText: Codable, Hashable, Sendable {
  /// For the places of problems.
  package var file: String
  /// TOML.
  package var text: String

  package init(file: String, text: String) {
    self.file = file
    self.text = text
  }
}

/// Whether files make a configuration.
package struct CheckConfigurationCall: ControlCall {
  package static let method = "CheckConfiguration"

  /// In the order in which they are read.
  package var sources: [ConfigurationText]

  package init(sources: [ConfigurationText]) { self.sources = sources }

  package struct Reply: Codable, Hashable, Sendable {
    /// Each with its place; empty where all is well.
    package var problems: [String]

    package init(problems: [String]) { self.problems = problems }
  }
}

/// The configuration in force, with every setting resolved.
package struct ShowConfigurationCall: ControlCall {
  package static let method = "ShowConfiguration"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var path: String
    package var settings: [SettingReport]

    package init(path: String, settings: [SettingReport]) {
      self.path = path
      self.settings = settings
    }
  }
}

package struct SettingReport: Codable, Hashable, Sendable {
  /// Such as rule.production.lead_time.
  package var key: String
  /// Never a secret.
  package var value: String

  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// What would change if files were loaded in the place of the configuration in
/// force. Nothing is loaded.
package struct CompareConfigurationCall: ControlCall {
  package static let method = "CompareConfiguration"

  package var sources: [ConfigurationText]

  package init(sources: [ConfigurationText]) { self.sources = sources }

  package struct Reply: Codable, Hashable, Sendable {
    package var settings: [SettingChange]
    /// By account and group; the first thousand.
    package var decisions: [DecisionChange]
    /// How many groups are decided otherwise.
    package var changedGroups: Int
    /// How many were compared.
    package var groups: Int

    package init(
      settings: [SettingChange], decisions: [DecisionChange], changedGroups: Int, groups: Int
    ) {
      self.settings = settings
      self.decisions = decisions
      self.changedGroups = changedGroups
      self.groups = groups
    }
  }
}

package struct SettingChange: Codable, Hashable, Sendable {
  package var key: String
  /// Null: it is not there yet.
  package var before: String?
  /// Null: it is not there any more.
  package var after: String?

  package init(key: String, before: String? = nil, after: String? = nil) {
    self.key = key
    self.before = before
    self.after = after
  }
}

/// A group whose next step would be another. Null: no rule covers it.
package struct DecisionChange: Codable, Hashable, Sendable {
  package var account: AccountName
  package var group: GroupID
  package var name: String
  package var before: PlanEntry?
  package var after: PlanEntry?

  package init(
    account: AccountName, group: GroupID, name: String, before: PlanEntry? = nil,
    after: PlanEntry? = nil
  ) {
    self.account = account
    self.group = group
    self.name = name
    self.before = before
    self.after = after
  }
}
