extension Migrations {
  /// Orders of new groups. What an order is about stands once, as the intent's
  /// JSON; the other columns are what the rules of the table need.
  static let creations = """
    CREATE TABLE creations (
      id           INTEGER PRIMARY KEY,
      account      TEXT NOT NULL CHECK (account <> ''),
      name         TEXT NOT NULL CHECK (name <> ''),
      attempt      INTEGER NOT NULL CHECK (attempt > 0),
      amount       INTEGER NOT NULL CHECK (amount >= 0),
      currency     TEXT NOT NULL CHECK (length(currency) = 3),
      date         INTEGER NOT NULL,
      nonce        TEXT NOT NULL UNIQUE,
      request_hash TEXT NOT NULL,
      intent       TEXT NOT NULL CHECK (instr(intent, nonce) > 0),
      state        TEXT NOT NULL CHECK (state IN
        ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck',
         'settled', 'notEffected', 'refused', 'notSent')),
      since        INTEGER NOT NULL,
      order_id     TEXT,
      group_id     TEXT,
      reason       TEXT NOT NULL,
      UNIQUE (name, attempt),
      CHECK (state NOT IN ('accepted', 'unpaid') OR order_id IS NOT NULL)
    ) STRICT;
    -- The last line of defence: no second order while one of the name is open.
    -- By the name alone: two configured accounts may be one account of the cloud.
    CREATE UNIQUE INDEX one_open_creation_per_name ON creations (name)
      WHERE state IN ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck');

    CREATE TRIGGER creations_are_kept BEFORE DELETE ON creations
      BEGIN SELECT RAISE(ABORT, 'a creation is never removed'); END;
    CREATE TRIGGER creation_intents_are_final BEFORE UPDATE OF
        id, account, name, attempt, amount, currency, date, nonce, request_hash, intent ON creations
      BEGIN SELECT RAISE(ABORT, 'an intent is never changed'); END;
    CREATE TRIGGER creation_ends_are_final BEFORE UPDATE ON creations
      WHEN OLD.state IN ('settled', 'notEffected', 'refused', 'notSent')
      BEGIN SELECT RAISE(ABORT, 'a terminal state is never left'); END;
    """
}
