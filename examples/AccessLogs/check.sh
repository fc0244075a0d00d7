#!/bin/sh
# Counts the logs with standard tools and compares with what the job stored. Usage: check.sh LOGS DATABASE
set -eu
logs=${1:?folder with *.gz}
database=${2:?statistics.db}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Hour, status, requests, bytes: "-" counts as 0, as in the job.
zcat "$logs"/*.gz | awk '{ h = substr($4, 2, 14); k = h " " $9; n[k]++; b[k] += ($10 == "-" ? 0 : $10) }
  END { for (k in n) printf "%s %d %.0f\n", k, n[k], b[k] }' | LC_ALL=C sort > "$work/counted"
python3 - "$database" > "$work/unsorted" <<'END'
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("select hour, status, requests, bytes from hourly"):
    print(*row)
END
LC_ALL=C sort "$work/unsorted" > "$work/stored"
if cmp -s "$work/counted" "$work/stored"; then
  echo "equal: $(awk '{ n += $3 } END { print n + 0 }' "$work/counted") requests in $(wc -l < "$work/counted") groups"
else
  echo "different (< counted by awk, > stored by the job):"
  diff "$work/counted" "$work/stored" | head -20
  exit 1
fi
