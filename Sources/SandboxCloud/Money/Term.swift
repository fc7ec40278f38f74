/// A number of periods, as calls name it; not every one is sold.
package struct Term: Hashable, Sendable {
  package enum Unit: String, CaseIterable, Sendable {
    case week = "Week"
    case month = "Month"
    case year = "Year"
  }

  package var count: Int
  package var unit: Unit

  package init(_ count: Int, _ unit: Unit) {
    self.count = count
    self.unit = unit
  }

  /// What is sold (API reference, section 5.1). Any other pair passes the call and
  /// fails when the order is placed.
  package var isSold: Bool {
    switch unit {
    case .week: count == 1
    case .month: [1, 2, 3, 6].contains(count)
    case .year: (1...3).contains(count)
    }
  }

  /// Calendar months; 0 for weeks.
  var months: Int {
    switch unit {
    case .week: 0
    case .month: count
    case .year: count * 12
    }
  }

  /// The end of the term that starts at an instant: weeks are seven days, months
  /// and years those of the calendar in Beijing.
  func end(from start: CloudTime) -> CloudTime {
    unit == .week ? start + count * 7 * CloudTime.day : start.adding(months: months)
  }
}
