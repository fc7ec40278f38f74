/* The renewal protocol on one host: ND processes, one ledger, one anchor.
 *
 * A process sends only what its ledger holds as an open intent, and opens an
 * intent only after a read, outside a start hold, with no other intent open.
 * Each -D flag adds a fault to the world or takes a rule from the protocol;
 * variants.txt has them all and README.md says what they show.
 */
#include "cloud.pml"

#ifndef ND
#define ND 1
#endif
#ifndef CAP
#define CAP 3                       /* attempts for one key */
#endif
#define LEAD 6
#ifdef SHORT_QUARANTINE
#define Q (L + W - 1)
#else
#define Q (L + W)
#endif
#ifndef MAX_CRASH
#define MAX_CRASH 2
#endif
#ifndef MAX_ROLLBACK
#define MAX_ROLLBACK 1
#endif
#ifdef LOCAL_CLOCK
#define NOW (now + jump)
#else
#define NOW now
#endif

byte crashes = 0, rollbacks = 0;

/* The ledger. Its head stands for the hash of the last row: two ledgers are equal
 * where their heads are. */
bool l_open = false;
byte l_key = 0, l_dead = 0, l_attempts = 0, l_head = 0;

/* The head of the newest backup that lacks the last intent. */
byte b_head = 0;

/* The anchor in the runtime directory: the head it names, whether its boot id is
 * this boot's, and by how much the cloud's clock was ahead of CLOCK_BOOTTIME. */
bool a_there = false, a_boot = false;
byte a_head = 0, a_ahead = 0;

/* By how much the cloud's clock is ahead of CLOCK_BOOTTIME now. Only a resumed
 * snapshot and a boot change it; a suspended machine does not. */
byte ahead = 0;

byte m_head[ND];                    /* the head as each process remembers it */
bool locked = false;

#ifdef SNAPSHOT
/* A snapshot of the virtual machine: where the process stood and what was in its
 * memory, on its disk and in its runtime directory. */
mtype = { none, idle, has_read, has_intent, is_sending };
mtype s_at = none;
bool s_resumed = false;
byte s_now = 0;
bool s_open, s_a_there, s_a_boot, s_holding;
byte s_l_key, s_l_dead, s_attempts, s_head, s_b_head, s_a_head, s_a_ahead;
byte s_m_ahead, s_since, s_key, s_dead, s_nonce;
#define MAY_CAPTURE (s_at == none && !s_resumed)
#define HELD_BY_SNAPSHOT(x) \
  (s_at != none && (x == s_head || x == s_b_head || x == s_a_head))
#define NONCE_IN_SNAPSHOT(n) ((s_at == has_intent || s_at == is_sending) && n == s_nonce)
#else
#define HELD_BY_SNAPSHOT(x) false
#define NONCE_IN_SNAPSHOT(n) false
#endif

/* A head that nobody holds: hashes do not collide, and bounded numbers do. */
#define HEAD_IN_USE(x) \
  (x == l_head || x == b_head || x == a_head || x == m_head[0] || x == m_head[ND - 1] || \
   HELD_BY_SNAPSHOT(x))
byte fresh = 0;                     /* scratch of the next two */
inline new_head() {
  fresh = 0;
  do :: HEAD_IN_USE(fresh) -> fresh++ :: else -> break od;
  l_head = fresh; m_head[me] = fresh; fresh = 0
}

#define ON_WIRE(n) \
  ((w_live[0] && w_nonce[0] == n) || (w_live[1] && w_nonce[1] == n) || \
   (w_live[2] && w_nonce[2] == n))
inline new_nonce() {
  nonce = 0;
  do :: ON_WIRE(nonce) || NONCE_IN_SNAPSHOT(nonce) -> nonce++ :: else -> break od;
  used[nonce] = false
}

inline close_intent() { l_open = false; l_key = 0; l_dead = 0; new_head(); refresh_anchor() }

/* The anchor says what the process remembers to have committed and been told, and
 * nothing that it would have to read again. */
#ifdef ANCHOR_FROM_FILE
#define KNOWN_HEAD l_head
#else
#define KNOWN_HEAD m_head[me]
#endif
#ifdef ANCHOR_FROM_CLOCK
#define KNOWN_AHEAD ahead
#else
#define KNOWN_AHEAD m_ahead
#endif
inline write_anchor() { a_there = true; a_boot = true; a_head = KNOWN_HEAD; a_ahead = KNOWN_AHEAD }
inline lose_anchor() { a_there = false; a_boot = false; a_head = l_head; a_ahead = 0 }

/* A process in its hold leaves the anchor alone: it would free its successor. */
#ifdef ANCHOR_IN_HOLD
inline refresh_anchor() { write_anchor() }
#else
inline refresh_anchor() { if :: holding :: else -> write_anchor() fi }
#endif

#ifdef TRUST_HEAD
#define HEAD_AGREES true
#else
#define HEAD_AGREES (a_head == l_head)
#endif
#ifdef TRUST_BOOT
#define BOOT_AGREES true
#else
#define BOOT_AGREES a_boot
#endif
#ifdef TRUST_ELAPSED
#define ELAPSED_AGREES true
#else
#define ELAPSED_AGREES (a_ahead == ahead)
#endif
#ifdef NO_HOLD
#define ANCHOR_AGREES true
#else
#define ANCHOR_AGREES (a_there && HEAD_AGREES && BOOT_AGREES && ELAPSED_AGREES)
#endif

/* An older ledger takes the place of this one. */
inline roll_back() {
  rollbacks++;
  l_open = false; l_key = 0; l_dead = 0; l_attempts = 0;
  if
  :: l_head = b_head                              /* the newest backup */
  :: fresh = 0;                                   /* any older one */
     do :: HEAD_IN_USE(fresh) -> fresh++ :: else -> break od;
     l_head = fresh; fresh = 0
  fi
}

#ifdef LIVE_ROLLBACK
/* It does so under the running process. */
active proctype Restore() {
end:
  do :: atomic { rollbacks < MAX_ROLLBACK -> roll_back() } od
}
#endif

#define CRASH crashes < MAX_CRASH -> crashes++; locked = false; goto start

/* An answer of the cloud has just told the time. */
#ifdef TRUST_CONTINUITY
#define CONTINUOUS true
#else
#define CONTINUOUS (m_ahead == ahead)
#endif
inline hold_again() { holding = true; since = NOW; m_ahead = ahead; key = 0 }

#ifdef SNAPSHOT
inline capture(point) {
  s_at = point; s_now = now;
  s_open = l_open; s_l_key = l_key; s_l_dead = l_dead; s_attempts = l_attempts;
  s_head = l_head; s_b_head = b_head;
  s_a_there = a_there; s_a_boot = a_boot; s_a_head = a_head; s_a_ahead = a_ahead;
  s_holding = holding; s_since = since; s_m_ahead = m_ahead;
  s_key = key; s_dead = dead; s_nonce = nonce
}
inline resume() {
  s_resumed = true; ahead = ahead + (now > s_now -> 1 : 0);
  l_open = s_open; l_key = s_l_key; l_dead = s_l_dead; l_attempts = s_attempts;
  l_head = s_head; m_head[me] = s_head; b_head = s_b_head;
  a_there = s_a_there; a_boot = s_a_boot; a_head = s_a_head; a_ahead = s_a_ahead;
  holding = s_holding; since = s_since; m_ahead = s_m_ahead;
  key = s_key; dead = s_dead; nonce = s_nonce;
  s_now = 0; s_open = false; s_l_key = 0; s_l_dead = 0; s_attempts = 0;
  s_head = 0; s_b_head = 0; s_a_there = false; s_a_boot = false; s_a_head = 0; s_a_ahead = 0;
  s_holding = false; s_since = 0; s_m_ahead = 0; s_key = 0; s_dead = 0; s_nonce = 0
}
#ifdef WITHIN_TOLERANCE
#define MAY_RESUME (s_at != none && !s_resumed)
#else
#define MAY_RESUME (s_at != none && !s_resumed && now > s_now)
#endif
#define RESUME \
  atomic { MAY_RESUME -> resume(); \
    if :: s_at == idle -> s_at = none; goto loop \
       :: s_at == has_read -> s_at = none; goto decided \
       :: s_at == has_intent -> s_at = none; goto committed \
       :: s_at == is_sending -> s_at = none; goto sending fi }
#endif

#ifdef BILLING
/* The order search: an order of ours for this key exists. */
#define BILLING_CLEAN(key) (effects[INDEX(key)] == 0)
#else
#define BILLING_CLEAN(key) true
#endif
#ifdef REFUND
/* An expiry moves back after its renewal has settled, and an operator accepts it at
 * once: the fence of the highest expiry seen is gone. What was paid for stays so. */
bool l_paid[PERIODS + 1];
active proctype Refund() {
end:
  atomic { E > E0 && V == E && !l_open -> E = E - P; if :: V = E :: visible_by = now + W fi }
}
#define SETTLES (V > l_key)
#define REMEMBER_PAID l_paid[INDEX(l_key)] = true
#else
#define SETTLES (V != l_key)
#define REMEMBER_PAID skip
#endif
#if defined(REFUND) && !defined(FORGET_PAID)
#define UNPAID(key) (!l_paid[INDEX(key)])
#else
#define UNPAID(key) true
#endif
#ifdef OVERRIDE_ANYTIME
#define OVERRIDABLE true
#else
#define OVERRIDABLE (NOW >= l_dead + (Q - L) + 1)
#endif
#ifdef SIGN_LATE
#define SIGNED (now + L)
#else
#define SIGNED dead
#endif
#ifdef SNAPSHOT
/* What a resumed process takes for the cloud's time is as old as it is. */
#define STALE_DATE false
#else
#define STALE_DATE (l_open && now > l_dead)
#endif

proctype Process(byte me) {
  byte key = 0, dead = 0, nonce = 0, since = 0, m_ahead = 0;
  bool holding = false;
end_start:
start:
  atomic {
#ifndef NO_LOCK
    !locked -> locked = true;
#endif
    if
    :: true                                        /* the process alone was restarted */
    :: lose_anchor();                              /* the machine was: tmpfs is empty */
       if :: true :: ahead < 2 -> ahead++ fi
    fi;
    if
    :: true
    :: rollbacks < MAX_ROLLBACK -> roll_back()
    :: rollbacks < MAX_ROLLBACK ->                 /* image of the disk, runtime directory
                                                      and all, booted elsewhere or again */
       roll_back(); a_there = true; a_boot = false; a_head = l_head; a_ahead = ahead
    fi;
    m_head[me] = l_head; m_ahead = ahead; key = 0; dead = 0; nonce = 0; since = 0;
    holding = !(ANCHOR_AGREES);
    if :: holding -> since = NOW :: else fi;
#ifdef ANCHOR_IN_HOLD
    write_anchor()
#endif
  }
end:
loop:
  do
  :: atomic { holding && NOW >= since + Q + 1 ->
       if
       :: CONTINUOUS && m_head[me] == l_head -> holding = false; since = 0; write_anchor()
       :: else -> m_head[me] = l_head; hold_again()
       fi }
  :: atomic { l_open && SETTLES -> REMEMBER_PAID; l_attempts = 0; close_intent() }
  :: atomic { l_open && V == l_key && NOW >= l_dead + (Q - L) + 1 && BILLING_CLEAN(l_key) ->
       close_intent() }
#ifdef TRUST_5XX
  :: atomic { l_open && answered_error -> answered_error = false; close_intent() }
#endif
#ifdef OPERATOR
  /* A person says "not paid" and is wrong, or allows one attempt more. */
  :: atomic { l_open && V == l_key && OVERRIDABLE -> l_attempts = l_attempts - 1; close_intent() }
#endif
  :: atomic { CRASH }
#ifdef SNAPSHOT
  :: atomic { MAY_CAPTURE -> capture(idle) }
  :: RESUME
#endif
  :: atomic { !l_open && !holding && V <= now + LEAD && l_attempts < CAP && BILLING_CLEAN(V) &&
       UNPAID(V) ->
       if
       :: CONTINUOUS -> key = V
       :: else -> hold_again(); goto loop
       fi };
decided:
#ifdef SNAPSHOT_AFTER_READ
     if :: true :: atomic { MAY_CAPTURE -> capture(has_read) } :: RESUME fi;
#endif
     atomic {
#ifndef NO_HEAD_CHECK
       if :: m_head[me] != l_head -> m_head[me] = l_head; hold_again(); goto loop :: else fi;
#endif
#ifdef STALE_READ
       if :: l_open -> key = 0; goto loop :: else fi;
#else
       if :: l_open || V != key -> key = 0; goto loop :: else fi;
#endif
#ifndef NO_INTENT
       b_head = l_head;
       l_open = true; l_key = key; l_dead = NOW + L; l_attempts++;
       new_head();
#endif
       dead = now + L; new_nonce()
     };
     if :: atomic { CRASH } :: true fi;
#ifndef ANCHOR_AFTER_SEND
     atomic { write_anchor() };
#endif
committed:
#ifdef SNAPSHOT
     if :: true :: atomic { MAY_CAPTURE -> capture(has_intent) } :: RESUME fi;
#endif
#ifdef FINAL_READ
     atomic { if :: !(CONTINUOUS) -> hold_again(); goto loop :: else fi };
#endif
sending:
#ifdef SNAPSHOT
     if :: true :: atomic { MAY_CAPTURE -> capture(is_sending) } :: RESUME fi;
#endif
     atomic {
       if
       :: STALE_DATE -> key = 0; dead = 0; nonce = 0; goto loop
       :: else
       fi;
       transmit(key, SIGNED, nonce);
#ifdef RESENDING_TRANSPORT
       transmit(key, SIGNED, nonce);
#endif
       key = 0; dead = 0; nonce = 0
     };
     if
     :: true
     :: atomic { CRASH }
#ifdef NO_DURABLE
     :: atomic { crashes < MAX_CRASH && l_open ->
          l_open = false; l_key = 0; l_dead = 0; l_head = b_head; CRASH }
#endif
     fi;
#ifdef ANCHOR_AFTER_SEND
     atomic { write_anchor() }
#endif
  od
}

init { atomic { run Process(0);
#if ND > 1
  run Process(1)
#endif
} }
