import RenewalCore

/// One file of the configuration.
package struct ConfigurationSource: Hashable, Sendable {
  /// Shown in every problem.
  package var file: String
  package var text: String

  package init(file: String, text: String) {
    self.file = file
    self.text = text
  }
}

extension DaemonConfiguration {
  /// Merges the sources in their order and checks the result.
  ///
  /// - Parameter directories: used where the files name none.
  package init(sources: [ConfigurationSource], directories: Directories = .standard)
    throws(ConfigurationError)
  {
    throw ConfigurationError(problems: [])
  }

  /// Reads a file and the `conf.d/*.toml` beside it, in name order.
  package init(contentsOf file: String, directories: Directories = .standard)
    throws(ConfigurationError)
  {
    throw ConfigurationError(problems: [])
  }
}
