/* The other half of the promise: what is due gets renewed before it expires.
 *
 * Time stands still until everyone has done what there is to do; then it ticks.
 * With enough lead time for the faults that occur, no run lapses, and with one
 * tick less some run does.
 */
#define L 1
#define W 2
#define Q (L + W)
#define E0 24
#define P 24
#ifndef LEAD
#define LEAD 2
#endif
#ifndef LOSSES
#define LOSSES 0                    /* attempts that the cloud never sees */
#endif
#ifndef RESTARTS
#define RESTARTS 0                  /* of the process alone: the anchor agrees */
#endif
#ifndef REBOOTS
#define REBOOTS 0                   /* of the machine: the hold begins anew */
#endif
#ifndef CAP
#define CAP 4
#endif

byte now = 0, E = E0, V = E0, visible_by = 0;
byte losses = 0, restarts = 0, reboots = 0;
byte effects = 0;
bool l_open = false;
byte l_dead = 0, l_attempts = 0;
byte hold_since = 0;
bool work = true;                   /* the process has not looked in this tick */
bool w_live = false;
byte w_dead = 0, w_at = 0;
bool lapsed = false;

active proctype Cloud() {
end:
  do
  :: atomic { w_live && now >= w_at ->
       w_live = false;
       if
       :: losses < LOSSES -> losses++
       :: now <= w_dead ->
          E = E + P; effects++; assert(effects <= 1);
          if :: V = E :: visible_by = now + W fi
       :: now > w_dead
       fi }
  :: atomic { V != E && now >= visible_by -> V = E }
  od
}

inline crash() {
  if
  :: restarts < RESTARTS -> restarts++
  :: reboots < REBOOTS -> reboots++; hold_since = now
  fi
}

active proctype Process() {
end:
  do
  :: atomic { work ->
       work = false;
       if :: crash() :: true fi;
       if
       :: l_open && V != E0 -> l_open = false
       :: l_open && V == E0 && now >= l_dead + W + 1 -> l_open = false
       :: else
       fi;
       if
       :: !l_open && V == E0 && V <= now + LEAD && l_attempts < CAP &&
          now >= hold_since + Q + 1 ->
            l_open = true; l_dead = now + L; l_attempts++;
            if
            :: crash()                             /* between intent and sending */
            :: true ->
               w_live = true; w_dead = l_dead;
               if :: w_at = now :: w_at = l_dead fi
            fi
       :: else
       fi }
  od
}

active proctype Clock() {
  do
  :: atomic { timeout ->
       if
       :: now == E0 + 2 -> break
       :: else -> now++; work = true; lapsed = (now == E0 && E == E0); assert(!lapsed)
       fi }
  od
}
