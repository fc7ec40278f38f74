"""Small mistakes in the renewal protocol, each of which some test must notice.

An entry is a name, what is wrong then, and edits of (file, text, replacement); a
text must be found exactly once. All mistakes are compiled into one program, and
`mutant("name")` is true for the one that runs (mutant schemata: Untch, Offutt and
Harrold, ISSTA 1993)."""

CORE = "Sources/RenewalCore/"
STORE = "Sources/InventoryStore/"
ENGINE = "Sources/RenewalDaemon/Engine/"

MUTANTS = [
    ("intent-dropped", "the transaction of an intent is rolled back", [
        (STORE + "InventoryStore.swift", "try database.immediately {",
         'try database.immediately(drop: spending && mutant("intent-dropped")) {'),
        (STORE + "Connection/StoreConnection.swift", "func immediately(_ body",
         "func immediately(drop: Bool = false, _ body"),
        (STORE + "Connection/StoreConnection.swift", 'cachedStatement(sql: "COMMIT")',
         'cachedStatement(sql: drop ? "ROLLBACK" : "COMMIT")')]),
    ("commit-not-synced", "an intent is sent for before it is on the disk", [
        (STORE + "Connection/StoreConnection.swift", '("synchronous", "EXTRA", "3")',
         '("synchronous", mutant("commit-not-synced") ? "OFF" : "EXTRA",'
         ' mutant("commit-not-synced") ? "0" : "3")')]),
    ("sidecar-not-written", "nothing is recorded beside the ledger", [
        (STORE + "InventoryStore.swift", "if !lines.isEmpty {\n        do",
         'if !lines.isEmpty, !mutant("sidecar-not-written") {\n        do')]),
    ("sidecar-before-commit", "the line beside the ledger precedes its commit", [
        (STORE + "InventoryStore.swift", "          lines = transaction.sidecarLines\n",
         "          lines = transaction.sidecarLines\n"
         '          if mutant("sidecar-before-commit"), !lines.isEmpty {\n'
         "            try sidecar.append(lines)\n            lines = []\n          }\n")]),
    ("second-open-allowed", "the schema allows two open renewals of a group", [
        (STORE + "Migrations/Migrations.swift", "CREATE UNIQUE INDEX one_open",
         'CREATE \\(mutant("second-open-allowed") ? "" : "UNIQUE") INDEX one_open')]),
    ("head-unchecked", "a replaced ledger is written to", [
        (STORE + "InventoryStore.swift", "guard current == head else",
         'guard current == head || mutant("head-unchecked") else')]),
    ("file-unchecked", "an intent goes to a file that its path no longer leads to", [
        (STORE + "InventoryStore.swift", "identity.identify(path) != opened {",
         'identity.identify(path) != opened, !mutant("file-unchecked") {')]),
    ("torn-line-fatal", "a torn line of the sidecar forbids every later start", [
        (STORE + "Sidecar.swift", "== nil ? start : end + 1",
         '== nil && !mutant("torn-line-fatal") ? start : end + 1')]),
    ("5xx-trusted", "a server error counts as no effect", [
        (CORE + "Renewal/ReplyClassification.swift", "    switch (status, orderID) {\n",
         '    if mutant("5xx-trusted"), status >= 500 { return .notSent("5xx") }\n'
         "    switch (status, orderID) {\n")]),
    ("unreadable-trusted", "an unreadable answer counts as no effect", [
        (CORE + "Renewal/ReplyClassification.swift", "    guard isReadable else {",
         '    if mutant("unreadable-trusted"), !isReadable { return .notSent("unreadable") }\n'
         "    guard isReadable else {")]),
    ("nonce-used-refused", "a copy that came before counts as a refusal", [
        (CORE + "Renewal/ReplyClassification.swift", '    ("Throttling", .throttled),\n',
         '    ("Throttling", .throttled),\n'
         '    (mutant("nonce-used-refused") ? "SignatureNonce" : "Throttling", .throttled),\n')]),
    ("resent-on-unknown", "a lost answer counts as nothing sent", [
        (ENGINE + "Paying.swift", "    let outcome = reply.outcome\n",
         "    var outcome = reply.outcome\n"
         '    if mutant("resent-on-unknown"), case .unknown = outcome {\n'
         '      outcome = .notSent("lost")\n    }\n')]),
    ("restart-disproves", "an attempt that a restart finds open counts as not effected", [
        (CORE + "Renewal/RenewalState.swift", "return become(.unknown, \"the daemon was restarted",
         'return become(mutant("restart-disproves") ? .notEffected : .unknown,'
         ' "the daemon was restarted')]),
    ("restart-unnoticed", "an attempt that a restart finds open stays as it is", [
        (ENGINE + "RenewalEngine.swift", "where watches[id]?.renewal.state == .submitted {",
         'where watches[id]?.renewal.state == .submitted && !mutant("restart-unnoticed") {')]),
    ("quarantine-short", "the proof of no effect comes one L too early", [
        (CORE + "Renewal/RenewalIntent.swift",
         "date + parameters.requestLife + parameters.visibilityBound",
         'date + (mutant("quarantine-short") ? .zero : parameters.requestLife)'
         " + parameters.visibilityBound")]),
    ("local-clock", "waits are measured by the machine's clock", [
        (CORE + "Renewal/ServerClock.swift", "    last.map { $0.server + .seconds",
         '    mutant("local-clock") ? reading.wall : last.map { $0.server + .seconds')]),
    ("discontinuity-ignored", "clocks that ran apart are believed", [
        (CORE + "Renewal/ServerClock.swift", "if drift.magnitude > parameters.discontinuity {",
         "if drift.magnitude > parameters.discontinuity, !mutant(\"discontinuity-ignored\") {")]),
    ("no-start-hold", "a start pays at once", [
        (CORE + "Renewal/ServerClock.swift",
         "    let hold = StartHold.until(server + parameters.quarantine)\n",
         '    let hold = mutant("no-start-hold") ? StartHold.none'
         " : StartHold.until(server + parameters.quarantine)\n")]),
    ("hold-short", "the start hold is one L too short", [
        (CORE + "Renewal/ServerClock.swift", "StartHold.until(server + parameters.quarantine)\n",
         "StartHold.until(server + parameters.quarantine"
         ' - (mutant("hold-short") ? parameters.requestLife : .zero))\n')]),
    ("hold-not-carried", "a restart ends the hold of the process before", [
        (CORE + "Renewal/ServerClock.swift", "return mark.holdUntil.map { .until($0) } ?? .none",
         'return mutant("hold-not-carried") ? .none : mark.holdUntil.map { .until($0) } ?? .none'
         )]),
    ("latch-not-kept", "a restart forgets that a sync failed", [
        (ENGINE + "RenewalEngine.swift", "foundAnchor?.bootID == bootID {",
         'foundAnchor?.bootID == bootID, !mutant("latch-not-kept") {')]),
    ("maximum-skipped", "an expiry below the highest seen is paid for", [
        (CORE + "Planning/PolicyCheck.swift",
         ".expiryIsHighest, expiry != nil && expiry == record.maximumExpiry,",
         '.expiryIsHighest, expiry != nil'
         ' && (mutant("maximum-skipped") || expiry == record.maximumExpiry),'),
        (CORE + "Planning/PaymentGate.swift",
         "readExpiry != nil && readExpiry == situation.record.maximumExpiry",
         'readExpiry != nil'
         ' && (mutant("maximum-skipped") || readExpiry == situation.record.maximumExpiry)')]),
    ("open-skipped", "a group with an open renewal may be paid for", [
        (CORE + "Planning/PolicyCheck.swift", "        .nothingOpen, open == nil,",
         '        .nothingOpen, open == nil || mutant("open-skipped"),')]),
    ("refused-counts", "a refused attempt uses up one of CAP", [
        (CORE + "Renewal/RenewalState.swift", "    case .refused, .notSent: false\n",
         '    case .refused, .notSent: mutant("refused-counts")\n')]),
    ("disproved-is-free", "an attempt without effect does not count towards CAP", [
        (CORE + "Renewal/RenewalState.swift", "    case .submitted, .accepted, .unknown, .unpaid,"
         " .stuck, .settled, .foreign, .notEffected: true",
         '    case .notEffected where mutant("disproved-is-free"): false\n'
         "    case .submitted, .accepted, .unknown, .unpaid, .stuck, .settled, .foreign,"
         " .notEffected: true")]),
    ("cap-off-by-one", "one attempt more than CAP", [
        (CORE + "Planning/PolicyCheck.swift", "if spent >= parameters.attemptCap ||",
         'if spent >= parameters.attemptCap + (mutant("cap-off-by-one") ? 1 : 0) ||')]),
    ("confirmation-skipped", "the last free answer before a payment is not looked at", [
        (ENGINE + "Paying.swift", "      group.expiry == intent.key.expiry, reading.boot",
         '      group.expiry == intent.key.expiry || mutant("confirmation-skipped"), reading.boot'
         )]),
    ("settled-on-any-move", "any later expiry settles", [
        (CORE + "Renewal/RenewalState.swift",
         "if moved >= intent.period.minimumExtension {",
         'if moved >= (mutant("settled-on-any-move") ? .seconds(1)'
         " : intent.period.minimumExtension) {")]),
    ("order-settles", "an order counts as a renewal", [
        (CORE + "Renewal/RenewalState.swift", "      become(.accepted, order: order,",
         '      become(mutant("order-settles") ? .settled : .accepted, order: order,')]),
    ("untrusted-evidence", "a read with a doubtful date is evidence", [
        (ENGINE + "Watching.swift",
         "    guard isTrusted, let at = reply.serverTime, case",
         '    guard isTrusted || mutant("untrusted-evidence"), let at = reply.serverTime, case')]),
    ("order-forgotten", "a named order beside an error does not keep the doubt open", [
        (CORE + "Renewal/NothingMoved.swift", "      if let order {\n",
         '      if let order, !mutant("order-forgotten") {\n')]),
    ("billing-ignored", "a paid order of ours that we lost track of is no obstacle", [
        (CORE + "Planning/PaymentGate.swift", "CheckResult(.billingClean, false, input: reason,",
         'CheckResult(.billingClean, mutant("billing-ignored"), input: reason,')]),
    ("sidecar-end-believed", "any end of the log beside the ledger stands for all of it", [
        (STORE + "InventoryStore.swift", "$0.database) }) == last.hash\n    else",
         '$0.database) }) == last.hash\n      || mutant("sidecar-end-believed")\n    else')]),
    ("change-overlooked", "a read of one group never tells anything new", [
        (ENGINE + "Sweeping.swift", "if canRecord, (try?",
         'if mutant("change-overlooked") { return () }\n    if canRecord, (try?')]),
    ("listed-as-known", "a listed group never tells anything new", [
        (STORE + "Queries/GroupQueries.swift", "AND expiry IS ?12",
         'AND (\\(mutant("listed-as-known") ? 1 : 0) OR expiry IS ?12)')]),
    ("proof-put-off", "the read that proves is put off like any other", [
        (ENGINE + "EngineState.swift", "return untilProof > .zero ?",
         'return untilProof > .zero && !mutant("proof-put-off") ?')]),
    ("accepted-early", "an expiry is accepted while a read may be behind", [
        (ENGINE + "AcceptingExpiry.swift", "guard server >= provable else",
         'guard server >= provable || mutant("accepted-early") else'),
        (ENGINE + "AcceptingExpiry.swift", "guard record.lastSeen >= provable,",
         'guard record.lastSeen >= provable || mutant("accepted-early"),')]),
    ("accepted-unseen", "an expiry is accepted that no read has shown since", [
        (ENGINE + "AcceptingExpiry.swift", "record.lastSeen <= server + .minutes(1) else",
         'record.lastSeen <= server + .minutes(1) || mutant("accepted-unseen") else'),
        (ENGINE + "AcceptingExpiry.swift", "guard record.lastSeen >= provable",
         'guard record.lastSeen >= provable || mutant("accepted-unseen")')]),
    ("machine-adopts-itself", "a copied ledger pays on the machine that it woke up on", [
        (ENGINE + "Adopting.swift", "if known == nil || known == machineID {",
         'if known == nil || known == machineID || mutant("machine-adopts-itself") {')]),
    ("late-wait-forgotten", "a refusal that was recorded late asks for no wait", [
        (ENGINE + "Paying.swift", "if let key, case .replied(let outcome) = event {",
         'if let key, case .replied(let outcome) = event, !mutant("late-wait-forgotten") {')]),
    ("past-fault-untold", "a fault of the disk is forgotten with the process", [
        (ENGINE + "PastFaults.swift", "guard canRecord, let fault",
         'guard canRecord, !mutant("past-fault-untold"), let fault')]),
    ("alerts-untold", "what happened is recorded and not announced", [
        (ENGINE + "Recording.swift", "    return [.announce(rows)]",
         '    return mutant("alerts-untold") ? [] : [.announce(rows)]')]),
    ("reserved-ignored", "a budget forgets what is on its way", [
        (STORE + "Queries/SpendingQueries.swift", "reserved: Money(minorUnits: reserved,",
         'reserved: Money(minorUnits: mutant("reserved-ignored") ? 0 : reserved,')]),
    ("spent-ignored", "a budget forgets what was paid", [
        (STORE + "Queries/SpendingQueries.swift", "spent: Money(minorUnits: units(within, 0),",
         'spent: Money(minorUnits: mutant("spent-ignored") ? 0 : units(within, 0),')]),
    ("approval-at-any-price", "a person's yes to one price is one to any", [
        (CORE + "Planning/PolicyCheck.swift", "guard approval.covers(price, at: now) else {",
         'guard approval.covers(price, at: now) || mutant("approval-at-any-price") else {')]),
    ("veto-ignored", "a person's no stops nothing", [
        (CORE + "Planning/PolicyCheck.swift", ".notVetoed, veto == nil,",
         '.notVetoed, veto == nil || mutant("veto-ignored"),')]),
    ("fuse-forgotten", "a restart lifts a blown fuse", [
        (ENGINE + "Fuses.swift", "blownFuse = try reader.setting(.blownFuse).map { text in",
         'blownFuse = try (mutant("fuse-forgotten") ? nil : reader.setting(.blownFuse)).map { text in')]),
    ("order-taken-as-none", "an order whose answer was lost counts as none", [
        (CORE + "Creation/Creation.swift", "become(.unknown, order: order, group: group, reason)",
         'become(mutant("order-taken-as-none") ? .notSent : .unknown, order: order, group: group, reason)')]),
    ("any-group-settles", "another group of the name settles the order of the one it named", [
        (CORE + "Creation/Creation.swift", "if let group, !groups.contains(group) {",
         'if let group, !groups.contains(group), !mutant("any-group-settles") {')]),
    ("twin-unnoticed", "a second group of one order is nobody's business", [
        (ENGINE + "Sweeping.swift", "try noticeTwin(group, in: account, at: at, transaction)",
         'if !mutant("twin-unnoticed") {\n'
         "        try noticeTwin(group, in: account, at: at, transaction)\n      }")]),
    ("finding-forgotten", "an answer that is lost takes back what an earlier one said", [
        (ENGINE + "Preparing.swift", "let found = isAnswered ? nil",
         'let found = isAnswered || mutant("finding-forgotten") ? nil')]),
    ("odd-for-ever", "people are called by a machine's clock that two answers contradict", [
        (ENGINE + "RenewalEngine.swift",
         "      if state.isOddAnswer { mustJudgeAll = true }\n      state.isOddAnswer = false\n",
         "      if state.isOddAnswer { mustJudgeAll = true }\n"
         '      state.isOddAnswer = state.isOddAnswer && mutant("odd-for-ever")\n')]),
    ("wrong-dates-believed", "nobody asks again while the clocks disagree", [
        (ENGINE + "RenewalEngine.swift",
         "state.nextSweep = min(state.nextSweep, boot(after: .hours(1)))",
         'if !mutant("wrong-dates-believed") {\n'
         "        state.nextSweep = min(state.nextSweep, boot(after: .hours(1)))\n      }")]),
    ("confirmed-late", "a decision is carried out however long its confirmation took", [
        (ENGINE + "Paying.swift", "reading.boot < pending.sendBefore, !isStopping,",
         'reading.boot < pending.sendBefore || mutant("confirmed-late"), !isStopping,')]),
    ("gate-not-asked-again", "what closed between intent and payment is not seen", [
        (ENGINE + "Paying.swift", "!own.contains($0.check) }) {",
         '!own.contains($0.check) }), !mutant("gate-not-asked-again") {')]),
    ("another-groups-answer", "an answer about another group confirms", [
        (ENGINE + "Paying.swift", "case .success(.group(let group)) = reply.result,"
         " group.id == subject.group,",
         "case .success(.group(let group)) = reply.result,"
         ' group.id == subject.group || mutant("another-groups-answer"),')]),
    ("grouping-guessed", "a price with odd commas is read all the same", [
        (CORE + "Money/Money.swift", "wholeDigits > 0, digitsSinceComma ?? 3 == 3,",
         'wholeDigits > 0, digitsSinceComma ?? 3 == 3 || mutant("grouping-guessed"),')]),
    ("mode-ignored", "a mode that only looks pays", [
        (CORE + "Planning/PaymentGate.swift", ".modePays, mode == .pay,",
         '.modePays, mode == .pay || mutant("mode-ignored"),')]),
    ("pause-ignored", "a pause stops nothing", [
        (CORE + "Planning/PaymentGate.swift", ".notPaused, paused == nil,",
         '.notPaused, paused == nil || mutant("pause-ignored"),')]),
    ("hold-ignored", "a group that is held is paid for", [
        (CORE + "Planning/PolicyCheck.swift", ".notHeld, !(record.hold",
         '.notHeld, mutant("hold-ignored") || !(record.hold')]),
]
