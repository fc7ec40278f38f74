/* Two hosts renew the same group, with no lock and no ledger in common: only their
 * windows keep them apart. The first may send while more than T + Q of the cloud's
 * time remains to the expiry, the second while less than T does, so that the
 * first's last request is dead and visible before the second's window opens.
 */
#define E0 12
#ifndef TMAX
#define TMAX 13
#endif
#include "cloud.pml"

#define LEAD 10
#define Q (L + W)
#define T 4
#if defined(ALWAYS)
#define IN_WINDOW(host) true
#elif defined(TOUCHING)
#define IN_WINDOW(host) ((host == 0 && V > now + T) || (host == 1 && V < now + T))
#else
#define IN_WINDOW(host) ((host == 0 && V > now + T + Q) || (host == 1 && V < now + T))
#endif

proctype Host(byte me) {
  bool open = false;
  byte key = 0, dead = 0, attempts = 0;
end:
  do
  :: atomic { open && V != key -> open = false; attempts = 0; key = 0; dead = 0 }
  :: atomic { open && V == key && now >= dead + W + 1 -> open = false; key = 0; dead = 0 }
  :: atomic { !open && V <= now + LEAD && attempts < 3 && IN_WINDOW(me) ->
       open = true; key = V; dead = now + L; attempts++; used[me] = false };
     atomic { transmit(key, dead, me) }
  od
}

init { atomic { run Host(0); run Host(1) } }
