/// Rows under titles, laid out for a width.
package struct Table: Hashable, Sendable {
  package struct Column: Hashable, Sendable {
    package var title: String
    /// The least number of columns it can be cut to; `nil`: it is never cut,
    /// because people copy it.
    package var minimum: Int?
    /// Left out where the width does not do; the highest first. 0: never.
    package var dispensability: Int
    package var isNumber: Bool

    package init(
      _ title: String, minimum: Int? = nil, dispensability: Int = 0, isNumber: Bool = false
    ) {
      self.title = title
      self.minimum = minimum
      self.dispensability = dispensability
      self.isNumber = isNumber
    }
  }

  package struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    package var text: String
    package var color: TextStyle.Color?

    package init(_ text: some StringProtocol, _ color: TextStyle.Color? = nil) {
      self.text = printable(text)
      self.color = color
    }

    package init(stringLiteral value: String) { self.init(value) }
  }

  package var columns: [Column]
  package var rows: [[Cell]]

  package init(_ columns: [Column], rows: [[Cell]]) {
    self.columns = columns
    self.rows = rows
  }

  /// Lines without white space at their end, the titles first.
  package func text(_ style: TextStyle) -> String {
    let (shown, widths) = layout(for: style.width)
    let titles = columns.map { Cell($0.title, .bold) }
    return ([titles] + rows).map { row in
      var line = ""
      var gap = 0
      for (index, width) in zip(shown, widths) {
        let text = fitted(row[index].text, to: width)
        let padding = width - RenewalCommands.columns(text)
        let before = columns[index].isNumber ? padding : 0
        if !text.isEmpty {
          line += String(repeating: " ", count: gap + before) + style.paint(text, row[index].color)
          gap = padding - before + 2
        } else {
          gap += padding + 2
        }
      }
      return line + "\n"
    }.joined()
  }

  /// Which columns are shown and how wide: dispensable ones go first, then
  /// those that can be cut share what is left, the widest cut the most.
  private func layout(for width: Int) -> (shown: [Int], widths: [Int]) {
    let natural = columns.indices.map { index in
      rows.reduce(RenewalCommands.columns(columns[index].title)) {
        max($0, RenewalCommands.columns($1[index].text))
      }
    }
    let least = columns.indices.map { min(columns[$0].minimum ?? natural[$0], natural[$0]) }
    // A column without anything in it says nothing.
    var shown = columns.indices.filter { index in
      columns[index].dispensability == 0 || rows.contains { !$0[index].text.isEmpty }
    }
    func total(_ widths: [Int]) -> Int {
      shown.reduce(0) { $0 + widths[$1] } + 2 * max(0, shown.count - 1)
    }
    while total(least) > width,
      let victim = shown.filter({ columns[$0].dispensability > 0 })
        .max(by: { columns[$0].dispensability < columns[$1].dispensability })
    {
      shown.removeAll { $0 == victim }
    }
    var widths = natural
    while total(widths) > width,
      let widest = shown.filter({ widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] })
    {
      widths[widest] -= 1
    }
    return (shown, shown.map { widths[$0] })
  }
}
