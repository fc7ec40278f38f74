# Turns the message catalog into the manual page renewald-events(7):
#   awk -f packaging/events-page.awk systemd/renewald.catalog
function text(line) {
  gsub(/\\/, "\\e", line)
  while (match(line, /@RENEWAL_[A-Z_]+@/)) {
    name = tolower(substr(line, RSTART + 9, RLENGTH - 10))
    gsub(/_/, " ", name)
    line = substr(line, 1, RSTART - 1) "<" name ">" substr(line, RSTART + RLENGTH)
  }
  # A new sentence begins a new line.
  gsub(/[.] +/, ".\n", line)
  return line ~ /^[.']/ ? "\\&" line : line
}
BEGIN {
  print ".Dd November 22, 2026\n.Dt RENEWALD-EVENTS 7\n.Os"
  print ".Sh NAME\n.Nm renewald-events\n.Nd what the journal tells of renewald, and what to do next"
  print ".Sh DESCRIPTION"
  print "Each record of\n.Xr renewald 8\nin the journal has a\n.Va MESSAGE_ID\nfor its kind and"
  print "the facts as fields:\n.Va RENEWAL_GROUP_ID , RENEWAL_ACCOUNT , RENEWAL_INTENT_ID ,"
  print ".Va RENEWAL_ORDER_ID , RENEWAL_REQUEST_ID , RENEWAL_OLD_EXPIRY , RENEWAL_NEW_EXPIRY ,"
  print ".Va RENEWAL_AMOUNT , RENEWAL_CURRENCY , RENEWAL_REASON , RENEWAL_ACTOR ,"
  print ".Va RENEWAL_SEQUENCE , RENEWAL_KIND , RENEWAL_SUBJECT ."
  print ".Pp\n.Li journalctl -x\nshows the explanations below beside the records."
  print ".Sh EXAMPLES\nAlerts alone, as they come, go on, and are over:"
  print ".Dl journalctl -f RENEWAL_KIND=alert-raised RENEWAL_KIND=alert-repeated RENEWAL_KIND=alert-cleared"
  print "Those that call a person at once:"
  print ".Dl journalctl -f -p err RENEWAL_KIND=alert-raised RENEWAL_KIND=alert-repeated"
  print "Alerts of one group:"
  print ".Dl journalctl RENEWAL_GROUP_ID=aig-0123456789abc RENEWAL_KIND=alert-raised RENEWAL_KIND=alert-cleared"
  print "All about one group:\n.Dl journalctl RENEWAL_GROUP_ID=aig-0123456789abc"
  print "All about one order, from the decision to the proof, by the number of its attempt:"
  print ".Dl journalctl RENEWAL_INTENT_ID=12"
  print "All that names one order:\n.Dl journalctl RENEWAL_ORDER_ID=2401"
  print "All payments of a month, with every field:"
  print ".Dl journalctl -o json -S 2026-11-01 MESSAGE_ID=5f171ba980864d42998ae92dbe52b585"
  print ".Sh EVENTS"
}
/^#/ { next }
/^-- / { id = $2; inHeader = 1; verbatim = pending = 0; next }
inHeader && /^Subject: / { print ".Ss \\&" text(substr($0, 10)) "\n.Va MESSAGE_ID Ns = Ns " id; next }
inHeader && /^$/ { inHeader = 0; print ".Pp"; next }
inHeader || !id { next }
/^ +/ { sub(/^ +/, ""); print ".Dl " text($0); verbatim = 1; next }
/^$/ { if (!verbatim) pending = 1; verbatim = 0; next }
{ if (pending) print ".Pp"; pending = 0; print text($0) }
END { print ".Sh SEE ALSO\n.Xr journalctl 1 ,\n.Xr renewalctl 1 ,\n.Xr renewald 8" }
