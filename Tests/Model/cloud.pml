/* The cloud, the wire to it and its clock, shared by the models.
 *
 * One delivery group with expiry E, sold in periods of P. A paid request is a
 * message on the wire that bears the expiry it was meant for (its key), the last
 * instant at which it may take effect, and a nonce. It may be lost, delayed,
 * refused, or take effect with or without an answer. What took effect becomes
 * visible to reads within W.
 *
 * The promise under test, everywhere: one key, one effect.
 */
#ifndef L
#define L 1            /* life of a signed request, axiom A1 */
#endif
#ifndef W
#define W 2            /* from effect to visibility, axiom A2 */
#endif
#ifndef E0
#define E0 7           /* the first expiry */
#endif
#define P E0
#define PERIODS 2      /* how many periods can be bought in one run */
#ifndef TMAX
#define TMAX 10        /* the end of time */
#endif
#define SLOTS 3        /* requests on the wire at once */
#define NONCES 5       /* one more than wire and snapshot can hold */

byte now = 0;                       /* the cloud's clock: the only one that counts */
byte E = E0, V = E0, visible_by = 0;
byte effects[PERIODS + 1];          /* by key */
#define INDEX(key) (((key) - E0) / P)

bool w_live[SLOTS];
byte w_key[SLOTS], w_dead[SLOTS], w_nonce[SLOTS];
bool used[NONCES];                  /* nonces that took effect */
#ifdef NO_NONCE_CHECK
#define ACCEPTS(n) true
#else
#define ACCEPTS(n) (!used[n])       /* axiom A3: one byte string, one effect */
#endif
#ifdef TRUST_5XX
bool answered_error = false;
#endif

inline put(i, k, d, n) { w_live[i] = true; w_key[i] = k; w_dead[i] = d; w_nonce[i] = n }
inline transmit(k, d, n) {
  if
  :: now > d                        /* dead when it leaves */
  :: now <= d && !w_live[0] -> put(0, k, d, n)
  :: now <= d && w_live[0] && !w_live[1] -> put(1, k, d, n)
  :: now <= d && w_live[0] && w_live[1] && !w_live[2] -> put(2, k, d, n)
#ifdef FLOOD
  :: else                           /* sends without end: one more or less is the same */
#else
  :: else -> assert(false)          /* SLOTS is too small for this variant */
#endif
  fi
}

inline extend() {
  E = E + P;
  if :: V = E :: visible_by = now + W fi
}

inline forget(i) { w_live[i] = false; w_key[i] = 0; w_dead[i] = 0; w_nonce[i] = 0 }

/* A request past its life can only be refused. */
inline bury(i) { if :: w_live[i] && now > w_dead[i] -> forget(i) :: else fi }

inline arrive(i) {
  if
  :: true                                                     /* lost, or refused as a copy */
#ifdef TRUST_5XX
  :: answered_error = true                                    /* 5xx without effect */
#endif
  :: ACCEPTS(w_nonce[i]) && E < E0 + PERIODS * P ->
     used[w_nonce[i]] = true;
     extend();
     effects[INDEX(w_key[i])]++;
     assert(effects[INDEX(w_key[i])] <= 1);
#ifdef TRUST_5XX
     if :: answered_error = true :: true fi                   /* 5xx after the effect */
#endif
  fi;
  forget(i)
}

active proctype Cloud() {
end:
  do
  :: atomic { w_live[0] -> arrive(0) }
  :: atomic { w_live[1] -> arrive(1) }
  :: atomic { w_live[2] -> arrive(2) }
  :: atomic { V != E -> V = E; visible_by = 0 }
  od
}

#ifdef LATE_VISIBILITY
#define MAY_TICK (now < TMAX)                                 /* axiom A2 is wrong */
#else
#define MAY_TICK (now < TMAX && (V == E || now < visible_by))
#endif

#ifdef LOCAL_CLOCK
byte jump = 0;                      /* how far the host's wall clock is ahead */
#endif

active proctype Clock() {
end:
  do
  :: atomic { MAY_TICK -> now++; bury(0); bury(1); bury(2) }
#ifdef LOCAL_CLOCK
  :: atomic { jump == 0 -> jump = L + W }
#endif
  od
}

#ifdef PERSON
/* Somebody renews by hand in the console. */
active proctype Person() {
end:
  atomic { E < E0 + PERIODS * P -> extend() }
}
#endif
