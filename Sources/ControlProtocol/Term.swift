/// A word of a closed list, in a reply that may come from a newer daemon: a
/// word that this version does not know is kept and shown.
package struct Term<Known>: Hashable, Sendable, Codable, CustomStringConvertible
where Known: RawRepresentable<String> & CaseIterable & Hashable & Sendable {
  package var text: String

  package init(_ known: Known) { text = known.rawValue }

  /// `nil` for a word of a newer version.
  package var known: Known? { Known(rawValue: text) }

  package init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  package static func == (term: Term, known: Known) -> Bool { term.text == known.rawValue }
  package static func != (term: Term, known: Known) -> Bool { term.text != known.rawValue }

  package var description: String { text }
}
