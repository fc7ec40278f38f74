/// What is true of all series of one name.
package struct MetricFamily: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// Only grows, and begins at zero with each process or with the first record.
    case counter
    case gauge
    case histogram
  }

  package var name: String
  package var kind: Kind
  /// Names of the labels, in the order in which samples give their values.
  package var labels: [String]
  package var help: String

  package init(_ name: String, _ kind: Kind, labels: [String] = [], help: String) {
    self.name = name
    self.kind = kind
    self.labels = labels
    self.help = help
  }
}

/// A number as the text format writes it. What is not known has no value: its
/// sample is left out, for a zero would be believed.
package enum MetricValue: Hashable, Sendable {
  case whole(Int64)
  case real(Double)
  /// An exact decimal, such as an amount of money.
  case decimal(String)

  package init(_ condition: Bool) { self = .whole(condition ? 1 : 0) }
  package init(_ count: Int) { self = .whole(Int64(count)) }

  var text: String {
    switch self {
    case .whole(let number): String(number)
    case .real(let number): number.description
    case .decimal(let text): text
    }
  }
}

/// Builds text in the Prometheus text format, version 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/: all lines of a
/// family in one block, `\`, `"` and line feed escaped in label values, `\` and
/// line feed in help texts.
package struct Exposition: Sendable {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package private(set) var text = ""

  package init() {}

  /// Has to come before the family's samples.
  package mutating func begin(_ family: MetricFamily) {
    text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
    text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
  }

  /// The one sample of a family without labels.
  package mutating func sample(_ family: MetricFamily, _ value: MetricValue) {
    sample(family, [], value)
  }

  /// - Parameter labels: as many as the family has names.
  package mutating func sample(
    _ family: MetricFamily, _ labels: [String], _ value: MetricValue
  ) {
    line(family.name, zip(family.labels, labels).map { ($0, $1) }, value)
  }

  /// The samples of one histogram: a bucket for each bound, their sum, their count.
  package mutating func samples(
    _ family: MetricFamily, _ labels: [String], _ histogram: Histogram
  ) {
    let pairs = zip(family.labels, labels).map { ($0, $1) }
    var seen = 0
    for (bound, count) in zip(Histogram.bounds, histogram.counts) {
      seen += count
      line(family.name + "_bucket", pairs + [("le", bound.description)], MetricValue(seen))
    }
    line(family.name + "_bucket", pairs + [("le", "+Inf")], MetricValue(histogram.count))
    line(family.name + "_sum", pairs, .real(histogram.sum))
    line(family.name + "_count", pairs, MetricValue(histogram.count))
  }

  private mutating func line(
    _ name: String, _ labels: [(name: String, value: String)], _ value: MetricValue
  ) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
      text += "{\(pairs.joined(separator: ","))}"
    }
    text += " \(value.text)\n"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 92 || $0 == 10 || (quotes && $0 == 34) }) else {
      return text
    }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}

/// How often something took how long.
package struct Histogram: Hashable, Sendable {
  /// Upper ends in seconds: an answer of the cloud takes some tenths, one that
  /// never comes is given up after 30 or 60 s, a walk over a large fleet takes minutes.
  package static let bounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

  package private(set) var counts = [Int](repeating: 0, count: bounds.count)
  package private(set) var count = 0
  /// Seconds.
  package private(set) var sum = 0.0

  package init() {}

  package mutating func observe(seconds: Double) {
    count += 1
    sum += seconds
    if let index = Self.bounds.firstIndex(where: { seconds <= $0 }) { counts[index] += 1 }
  }
}
