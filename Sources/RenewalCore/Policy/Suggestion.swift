/// The known word that was most likely meant, if any is near enough.
///
/// One mistake in three characters at most: more, and the suggestion would
/// send the reader somewhere else.
package func suggestion(for word: String, among known: some Sequence<String>) -> String? {
  let word = word.lowercased()
  return
    known
    .map { (candidate: $0, distance: editDistance(word, $0.lowercased())) }
    .filter { $0.distance <= max(1, max(word.count, $0.candidate.count) / 3) }
    .min { $0.distance < $1.distance }?
    .candidate
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from
/// one word to the other (optimal string alignment).
package func editDistance(_ one: String, _ other: String) -> Int {
  let one = Array(one)
  let other = Array(other)
  var beforeLast: [Int] = []
  var last = Array(0...other.count)
  for row in one.indices {
    var current = [row + 1]
    for column in other.indices {
      var best = min(
        last[column + 1] + 1, current[column] + 1,
        last[column] + (one[row] == other[column] ? 0 : 1))
      if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    beforeLast = last
    last = current
  }
  return last[other.count]
}
