extension Migrations {
  /// Budgets, fuses and people's words.
  static let money = """
    -- What the order cost, in the currency of the quote; NULL where billing did
    -- not tell.
    ALTER TABLE renewals ADD COLUMN charged INTEGER CHECK (charged >= 0);

    -- Everything that budgets and fuses add up, so that a sum over a month reads
    -- this index alone, and only that month of it.
    CREATE INDEX renewals_by_date ON renewals
      (date, state, currency, amount, charged, account, rule, group_id, order_id);

    -- What was announced, asked and said about a group's renewal past one expiry.
    CREATE TABLE deliberations (
      account         TEXT NOT NULL,
      group_id        TEXT NOT NULL,
      expiry          INTEGER NOT NULL,
      noticed_at      INTEGER,
      asked_amount    INTEGER,
      asked_currency  TEXT,
      asked_at        INTEGER,
      ceiling_amount  INTEGER,
      ceiling_currency TEXT,
      approved_at     INTEGER,
      approved_until  INTEGER,
      approved_by     TEXT,
      approval_reason TEXT,
      vetoed_at       INTEGER,
      vetoed_by       TEXT,
      veto_reason     TEXT,
      PRIMARY KEY (account, group_id),
      FOREIGN KEY (account, group_id) REFERENCES groups (account, group_id),
      CHECK ((asked_amount IS NULL) = (asked_currency IS NULL)
        AND (asked_amount IS NULL) = (asked_at IS NULL)),
      CHECK ((ceiling_amount IS NULL) = (ceiling_currency IS NULL)
        AND (ceiling_amount IS NULL) = (approved_at IS NULL)
        AND (ceiling_amount IS NULL) = (approved_until IS NULL)
        AND (ceiling_amount IS NULL) = (approved_by IS NULL)
        AND (ceiling_amount IS NULL) = (approval_reason IS NULL)),
      CHECK ((vetoed_at IS NULL) = (vetoed_by IS NULL)
        AND (vetoed_at IS NULL) = (veto_reason IS NULL))
    ) STRICT, WITHOUT ROWID;
    """
}
