import ControlProtocol
import RenewalCore

/// How full each budget is.
struct ReportBudgets {
  let budgets: [BudgetReport]
  let speech: ReportSpeech

  var markup: Markup {
    guard !budgets.isEmpty else { return "" }
    return """
      <h3>\(speech("Budgets", "预算"))</h3>
      <ul class="budgets">
      \(budgets.map(item))</ul>
      """
  }

  private func item(_ budget: BudgetReport) -> Markup {
    let limit = budget.limit.map(speech.amount) ?? speech("unlimited", "不限")
    let reserved =
      budget.reserved.minorUnits == 0
      ? ""
      : speech(
        ", \(speech.amount(budget.reserved)) on its way",
        "，另有 \(speech.amount(budget.reserved)) 进行中")
    let until =
      budget.periodEnd.map {
        speech(", until \(speech.day($0.instant))", "，至\(speech.day($0.instant))")
      }
      ?? ""
    return """
      <li><b><bdi>\(budget.name)</bdi></b> <span>\(speech.amount(budget.spent))\(reserved) \
      \(speech("of", "/")) \(limit)\(until)</span>\(bar(budget))</li>

      """
  }

  private func bar(_ budget: BudgetReport) -> Markup {
    guard let limit = budget.limit else { return "" }
    let most = Double(max(1, limit.minorUnits))
    let spent = min(100, Double(budget.spent.minorUnits) / most * 100)
    let reserved = min(100 - spent, Double(budget.reserved.minorUnits) / most * 100)
    return """
      <svg viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true" class="level">\
      <rect class="room" x="0" y="0" width="100" height="3"/>\
      <rect class="paid" x="0" y="0" width="\(spent)" height="3"/>\
      <rect class="reserved" x="\(spent)" y="0" width="\(reserved)" height="3"/></svg>
      """
  }
}

extension BudgetReport {
  /// The part of the limit that is taken, 0 to 1 and beyond; 0 without a limit.
  var level: Double {
    guard let limit, limit.minorUnits > 0 else { return limit == nil ? 0 : 1 }
    return (Double(spent.minorUnits) + Double(reserved.minorUnits)) / Double(limit.minorUnits)
  }
}
