import GRDB

/// The schema, by numbered steps. A step that was released is never edited.
enum Migrations {
  /// `user_version` of a database with all steps applied.
  static let current = 4

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("0001 inventory, renewals, ledger, alerts") { database in
      try database.execute(sql: first)
      try database.execute(sql: "PRAGMA user_version = 1")
    }
    migrator.registerMigration("0002 budgets, fuses and people's words") { database in
      try database.execute(sql: money)
      try database.execute(sql: "PRAGMA user_version = 2")
    }
    migrator.registerMigration("0003 orders of new groups") { database in
      try database.execute(sql: creations)
      try database.execute(sql: "PRAGMA user_version = 3")
    }
    migrator.registerMigration("0004 how many groups are how") { database in
      try database.execute(sql: standings)
      try database.execute(sql: "PRAGMA user_version = 4")
    }
    return migrator
  }

  /// Instants are seconds since 1970 UTC; money is minor units with a currency.
  static let first = """
    CREATE TABLE groups (
      account          TEXT NOT NULL CHECK (account <> ''),
      group_id         TEXT NOT NULL CHECK (group_id <> ''),
      name             TEXT NOT NULL,
      region           TEXT NOT NULL,
      charge_type      TEXT NOT NULL,
      status           TEXT NOT NULL,
      resource_status  TEXT NOT NULL,
      instance_type    TEXT NOT NULL,
      node_amount      INTEGER NOT NULL,
      tags             TEXT NOT NULL,
      expiry           INTEGER,
      expiry_text      TEXT NOT NULL,
      -- The highest expiry ever seen: the fence against paying on a stale read.
      maximum_expiry   INTEGER,
      was_subscription INTEGER NOT NULL CHECK (was_subscription IN (0, 1)),
      first_seen       INTEGER NOT NULL,
      last_seen        INTEGER NOT NULL,
      sweep            INTEGER NOT NULL,
      absences         INTEGER NOT NULL CHECK (absences >= 0),
      hold_until       INTEGER,
      hold_reason      TEXT,
      granted_expiry   INTEGER,
      granted_attempt  INTEGER,
      standing         TEXT NOT NULL,
      reason           TEXT NOT NULL,
      due_at           INTEGER,
      -- When the group has to be judged again.
      attention_at     INTEGER,
      PRIMARY KEY (account, group_id),
      CHECK (hold_until IS NULL OR hold_reason IS NOT NULL),
      CHECK ((granted_expiry IS NULL) = (granted_attempt IS NULL)),
      CHECK (expiry IS NULL OR maximum_expiry >= expiry)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX groups_by_attention ON groups (account, attention_at)
      WHERE attention_at IS NOT NULL;
    CREATE INDEX groups_by_id ON groups (group_id, maximum_expiry);
    CREATE INDEX groups_by_standing ON groups (standing, due_at);

    CREATE TABLE renewals (
      id           INTEGER PRIMARY KEY,
      account      TEXT NOT NULL,
      group_id     TEXT NOT NULL,
      expiry       INTEGER NOT NULL,
      attempt      INTEGER NOT NULL CHECK (attempt > 0),
      period       TEXT NOT NULL,
      auto_pay     INTEGER NOT NULL CHECK (auto_pay IN (0, 1)),
      promotion_id TEXT,
      amount       INTEGER NOT NULL CHECK (amount > 0),
      currency     TEXT NOT NULL CHECK (length(currency) = 3),
      date         INTEGER NOT NULL,
      nonce        TEXT NOT NULL UNIQUE,
      request_hash TEXT NOT NULL,
      rule         TEXT NOT NULL,
      boot_id      TEXT NOT NULL,
      state        TEXT NOT NULL CHECK (state IN
        ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck',
         'settled', 'foreign', 'notEffected', 'refused', 'notSent')),
      since        INTEGER NOT NULL,
      order_id     TEXT,
      new_expiry   INTEGER,
      UNIQUE (group_id, expiry, attempt),
      FOREIGN KEY (account, group_id) REFERENCES groups (account, group_id),
      CHECK (state NOT IN ('accepted', 'unpaid') OR order_id IS NOT NULL),
      CHECK (state <> 'foreign' OR new_expiry IS NOT NULL)
    ) STRICT;
    -- The last line of defence: no second intent while one is open. By the
    -- cloud's id alone: two configured accounts may reach the same group.
    CREATE UNIQUE INDEX one_open_renewal_per_group ON renewals (group_id)
      WHERE state IN ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck');
    CREATE INDEX renewals_by_state ON renewals (account, state, since);

    CREATE TRIGGER renewals_are_kept BEFORE DELETE ON renewals
      BEGIN SELECT RAISE(ABORT, 'a renewal is never removed'); END;
    CREATE TRIGGER intents_are_final BEFORE UPDATE OF
        id, account, group_id, expiry, attempt, period, auto_pay, promotion_id, amount, currency,
        date, nonce, request_hash, rule, boot_id ON renewals
      BEGIN SELECT RAISE(ABORT, 'an intent is never changed'); END;
    CREATE TRIGGER terminal_states_are_final BEFORE UPDATE ON renewals
      WHEN OLD.state IN ('settled', 'foreign', 'notEffected', 'refused', 'notSent')
      BEGIN SELECT RAISE(ABORT, 'a terminal state is never left'); END;

    CREATE TABLE ledger (
      sequence   INTEGER PRIMARY KEY,
      kind       TEXT NOT NULL,
      at         INTEGER NOT NULL,
      account    TEXT,
      group_id   TEXT,
      renewal    INTEGER REFERENCES renewals (id),
      subject    TEXT,
      old_expiry INTEGER,
      new_expiry INTEGER,
      order_id   TEXT,
      amount     INTEGER,
      currency   TEXT,
      request_id TEXT,
      actor      TEXT NOT NULL,
      reason     TEXT NOT NULL,
      detail     TEXT,
      -- SHA-256 over the previous row's hash and this row.
      hash       BLOB NOT NULL CHECK (length(hash) = 32),
      CHECK ((amount IS NULL) = (currency IS NULL))
    ) STRICT;
    CREATE INDEX ledger_by_group ON ledger (account, group_id, sequence)
      WHERE group_id IS NOT NULL;

    CREATE TRIGGER ledger_rows_follow_each_other BEFORE INSERT ON ledger
      WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM ledger)
      BEGIN SELECT RAISE(ABORT, 'a ledger row follows the last one'); END;
    CREATE TRIGGER ledger_rows_are_final BEFORE UPDATE ON ledger
      BEGIN SELECT RAISE(ABORT, 'a ledger row is never changed'); END;
    CREATE TRIGGER ledger_rows_are_kept BEFORE DELETE ON ledger
      BEGIN SELECT RAISE(ABORT, 'a ledger row is never removed'); END;

    CREATE TABLE alerts (
      -- The ledger row that raised it.
      id           INTEGER NOT NULL REFERENCES ledger (sequence),
      kind         TEXT NOT NULL,
      account      TEXT NOT NULL,
      group_id     TEXT NOT NULL,
      raised       INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL CHECK (acknowledged IN (0, 1)),
      last_told    INTEGER NOT NULL,
      reason       TEXT NOT NULL,
      PRIMARY KEY (kind, account, group_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE settings (
      name  TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
