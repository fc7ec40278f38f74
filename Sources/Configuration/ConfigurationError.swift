/// Everything that is wrong with a configuration, in the order of the files.
/// The operator's to mend; loading the same files again fails the same way.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Never empty.
  package var problems: [ConfigurationProblem]

  /// One problem a line.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// One thing that is wrong, where, and what was probably meant.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
  package var position: SourcePosition
  package var message: String

  /// `renewald.toml:12:3: unknown key 'perod'; did you mean 'period'?`
  package var description: String { "\(position): \(message)" }
}

/// A place in a file, as an editor counts: lines and characters from 1.
package struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// `nil`: the file as a whole.
  package var place: Place?

  package struct Place: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package static func < (left: Place, right: Place) -> Bool {
      (left.line, left.column) < (right.line, right.column)
    }
  }

  package init(file: String, place: Place? = nil) {
    self.file = file
    self.place = place
  }

  package var description: String {
    place.map { "\(file):\($0.line):\($0.column)" } ?? file
  }
}
