#!/bin/sh
# SPDX-License-Identifier: MIT
# run-users.sh: userhost, with both plugins that provide users: the same questions, the same answers; what it finds by
# name and lists; and what it serves while a plugin is replaced.
# shellcheck shell=sh disable=SC2154 # the variables are set by make and by tap.sh
. "$top_srcdir/tests/tap.sh"
LC_ALL=C
export LC_ALL
unset PLUGMGR_PATH

userhost=$top_builddir/plugins/users/userhost
cp "$top_builddir/plugins/users/users_json.so" "$top_builddir/plugins/users/users_sqlite.so" "$work" || exit 99
cp "$top_srcdir/plugins/users/users.json" "$top_builddir/plugins/users/users.db" "$work" || exit 99
login=https://login.example.org
guests=https://guests.example.net

# ask NAME STATUS ARGUMENT…: asks userhost about the example's users; $plugin and $data say how.
ask() {
    ask_name="$plugin: $1"
    ask_status=$2
    shift 2
    check "$ask_name" "$ask_status" "$userhost" --plugin="$work/$plugin" --data="$work/$data" "$@"
}

for plugin in users_json.so users_sqlite.so; do
    case $plugin in
    users_json.so) data=users.json ;;
    *) data=users.db ;;
    esac

    ask 'get by id' 0 get 0b9a7e55
    golden "$plugin: get by id shows the user" <<END
opaque_id: 0b9a7e55
idp: $login
username: bilal
mail: bilal@example.org
display_name: Bilal Haddad
group: backup operators
group: physics
group: staff
opaque quota json: eyJieXRlcyI6MTA3Mzc0MTgyNH0=
opaque uid plain: MTAwMg==
END
    cp "$work/out" "$work/bilal"

    ask 'get by username' 0 get bilal
    golden "$plugin: get by username shows the same" <"$work/bilal"
    ask 'get of a provider' 0 --idp="$login" get bilal
    golden "$plugin: get of a provider shows the same" <"$work/bilal"
    ask 'claim mail' 0 claim mail bilal@example.org
    golden "$plugin: claim mail shows the same" <"$work/bilal"
    ask 'claim username' 0 claim username bilal
    golden "$plugin: claim username shows the same" <"$work/bilal"
    ask 'claim uid' 0 claim uid 1002
    golden "$plugin: claim uid shows the same" <"$work/bilal"

    ask 'get of a user without mail, name and opaque map' 0 get backup
    golden "$plugin: get leaves empty what is empty" <<END
opaque_id: svc-backup
idp: $login
username: backup
mail:
display_name:
group: backup operators
END

    ask 'groups' 0 groups fatou
    golden "$plugin: groups are sorted" <<END
board
physics
staff
END
    ask 'groups of a user without any' 0 groups ixchel
    golden "$plugin: no groups, no lines" </dev/null

    ask 'count' 0 count
    golden "$plugin: count is a number" <<END
15
END

    ask 'find everybody' 0 find ''
    tab=$(printf '\t')
    tr ' ' "$tab" <<END | sed 's/_/ /g; s/%//g' >"$work/everybody"
a8d71c60 guest-0003 $guests tomas@museum.example.net Tomás_Marek
aroha 6f1c0d2e $login aroha.ngata@example.org Aroha_Ngata
aroha guest-0001 $guests aroha@museum.example.net Aroha_Te_Wiata
backup svc-backup $login % %
bilal 0b9a7e55 $login bilal@example.org Bilal_Haddad
chiara.conti d3f0aa17 $login Chiara.Conti@example.org Chiara_Conti
djordje 91c4be08 $login djordje@example.org Đorđe_Petrović
eunji 52e6f9b3 $login eunji.park@example.org 박은지_(Eun-ji_Park)
fatou a8d71c60 $login fatou.diop@example.org Fatou_Diop
grzegorz 3c2b8f4d $login grzegorz@example.org Grzegorz_Brzęczyk
helpdesk c05d2e91 $login help@example.org Help_desk,_weekdays
helpdesk.weekend c05d2e92 $login help@example.org Help_desk,_weekends
ixchel e74056fa $login ixchel.balam@example.org Ixchel_Balam_Pech
sean 17fe93ac $guests sean.oriordan@museum.example.net Seán_O'Riordan
zoe 17fe93ac $login zoe@example.org Zoë_Ångström
END
    golden "$plugin: find lists everybody, sorted" <"$work/everybody"
    ask 'find in any case' 0 find AROHA
    grep '^aroha' "$work/everybody" >"$work/some"
    golden "$plugin: find ignores case" <"$work/some"
    ask 'find a display name' 0 find "Zoë Ång"
    grep '^zoe' "$work/everybody" >"$work/some"
    golden "$plugin: find searches display names" <"$work/some"

    ask 'get nobody' 1 get nobody
    golden "$plugin: get says that there is no such user" <<END
userhost: no such user: nobody
END
    ask 'get of another provider' 1 --idp="$guests" get bilal
    ask 'groups of nobody' 1 groups nobody
    ask 'claim of nobody' 1 claim mail nobody@example.org
    ask 'find nobody' 1 find nobody
    ask 'get of an id that two have' 1 get 17fe93ac
    golden "$plugin: get says that several fit" <<END
userhost: several users fit: 17fe93ac
END
    ask 'get of an id that two have, with its provider' 0 --idp="$guests" get 17fe93ac
    contains "$plugin: get finds the provider's user" 'username: sean'
    ask 'claim of a mail that two have' 1 claim mail help@example.org
    ask 'claim of an unknown name' 2 claim shoe 42
    golden "$plugin: claim says that it is unknown" <<END
userhost: the plugin cannot be asked for this claim: shoe
END

    ask 'an id that begins with a dash' 1 get -- --help
    ask 'policy version' 0 --policy=version get bilal
    ask 'policy compatible' 0 --policy=compatible get bilal
    golden "$plugin: policy compatible says nothing of a plugin that fits" <"$work/bilal"
    ask 'policy exact' 0 --policy=exact get bilal
    ask 'verbose' 0 --verbose get bilal
    contains "$plugin: verbose shows what the plugin says" "15 users read from $work/$data"

    data=absent
    ask 'no data' 3 get bilal
    contains "$plugin: no data is told" "$work/absent: No such file or directory"
    data=.
    ask 'a folder as data' 3 get bilal
    contains "$plugin: a folder is told" 'not a regular file'
done

# Data that is wrong: where, and what.
plugin=users_json.so data=bad.json
cat >"$work/bad.json" <<'END'
[
  {
    "id": {"idp": "idp", "opaque_id": "1"}, "username": "one", "mail": "", "display_name": "", "groups": []
  },
  {
    "id": {"idp": "idp", "opaque_id": "2"}, "username": "two", "display_name": "", "groups": []
  }
]
END
ask 'a missing field' 3 get one
contains 'a missing field is told with its line' "$work/bad.json:5: user 2: field 'mail' is missing"
printf '[\n{]\n' >"$work/bad.json"
ask 'a malformed file' 3 get one
contains 'a malformed file is told with its line' "$work/bad.json:2: "
data=users.db
ask 'a database where JSON is expected' 3 get one
contains 'a database where JSON is expected is told' "$work/users.db:1: '[' expected"
plugin=users_sqlite.so data=users.json
ask 'JSON where a database is expected' 3 get one
contains 'JSON where a database is expected is told' "$work/users.json: file is not a database"

# What comes from the data cannot control the terminal.
plugin=users_json.so data=evil.json
cat >"$work/evil.json" <<'END'
[{"id": {"idp": "i\u001b[2J", "opaque_id": "o\tp"}, "username": "u", "mail": "m\nusername: root",
  "display_name": "\u202eevil", "groups": ["g\u0007"]}]
END
ask 'data with control characters' 0 get u
golden 'control characters are escaped' <<'END'
opaque_id: o\x09p
idp: i\x1b[2J
username: u
mail: m\x0ausername: root
display_name: \xe2\x80\xaeevil
group: g\x07
END
ask 'control characters in what is asked' 1 get "$(printf 'x\033[2J')"
lacks 'control characters in what is asked are escaped' "$(printf '\033')"

# Wrong usage.
plugin=users_json.so data=users.json
check 'no plugin' 2 "$userhost" --data="$work/users.json" get bilal
contains 'no plugin is told' '--plugin is missing'
check 'no data' 2 "$userhost" --plugin="$work/users_json.so" get bilal
contains 'no data is told' '--data is missing'
ask 'no query' 2
contains 'no query is told' 'the query is missing'
ask 'an unknown query' 2 put bilal
contains 'an unknown query is told' 'no such query: put'
ask 'too few words' 2 claim mail
contains 'too few words are told' 'too few words for the query: claim'
ask 'too many words' 2 get bilal zoe
contains 'too many words are told' 'too many words for the query: get'
ask 'a provider with a query that takes none' 2 --idp="$login" find bilal
contains 'a provider with a query that takes none is told' '--idp does not go with the query: find'
ask 'an unknown policy' 2 --policy=loose get bilal
contains 'an unknown policy is told' 'no such policy: loose'
ask 'an unknown option' 2 --loose get bilal
ask 'help' 0 --help
contains 'help shows the queries' 'claim NAME VALUE'

# Plugins that are none.
plugin=users.json
ask 'a plugin that is no plugin' 3 get bilal
contains 'a plugin that is no plugin is told' 'not-elf'
plugin=absent
ask 'a plugin that is absent' 3 get bilal

# What the host demands of users, and the plugins ask it for.
sed 's/"username": "bilal"/"username": ".."/' "$work/users.json" >"$work/rules.json"
plugin=users_json.so data=rules.json
ask 'a username that the host cannot use' 3 count
contains 'it is told with its place' "$work/rules.json:13: user 2: field 'username' cannot be the name of a folder"
cp "$work/users.db" "$work/rules.db" || exit 99
sqlite3 "$work/rules.db" "update users set username = 'a/b' where username = 'bilal'" || exit 99
plugin=users_sqlite.so data=rules.db
ask 'a username that the host cannot use' 3 count
contains 'it is told as well' "field 'username' cannot be the name of a folder"

# ---- plugins by name, and what there is ----

folder=$work/plugins
mkdir "$folder" "$work/nothing" || exit 99
cp "$work/users_json.so" "$work/users_sqlite.so" "$folder" || exit 99
# numbered SED-SCRIPT FILE: users_json with other text of the same length in its notes
numbered() {
    sed -b "$1" "$work/users_json.so" >"$2"
    if cmp -s "$2" "$work/users_json.so"; then exit 99; fi
}
check 'a name in --directory' 0 "$userhost" --directory="$folder" --plugin=users_json --data="$work/users.json" count
golden 'a name in --directory is found' <<END
15
END
check 'the second of two directories' 0 \
    "$userhost" --directory="$work/nothing" --directory="$folder" --plugin=users_sqlite --data="$work/users.db" count
check 'a name in PLUGMGR_PATH' 0 \
    env PLUGMGR_PATH="$work/nothing:$folder" "$userhost" --plugin=users_sqlite --data="$work/users.db" count
golden 'a name in PLUGMGR_PATH is found' <<END
15
END
check 'a name that is nowhere' 3 "$userhost" --directory="$folder" --plugin=users_ldap --data="$work/users.json" count
contains 'a name that is nowhere is told' 'plugin-absent'
contains 'with the names that there are' 'users_json, users_sqlite'
check 'a name without a search path' 3 "$userhost" --plugin=users_json --data="$work/users.json" count
contains 'a name without a search path is told' 'there is no search path'

check 'list' 0 "$userhost" --directory="$folder" list
golden 'list shows both plugins' <<END
plugin              instance  version  verdict   file
users_json 1.0.0    json      1.1      accepted  $folder/users_json.so
users_sqlite 1.0.0  sqlite    1.1      accepted  $folder/users_sqlite.so
END
check 'list where there is nothing' 1 "$userhost" --directory="$work/nothing" list
golden 'list where there is nothing is a heading' <<END
plugin  instance  version  verdict  file
END
check 'list without a search path' 1 "$userhost" list

numbered 's/version=1\.1/version=2.1/; s/name=users_json/name=users_next/' "$folder/users_next.so"
head -c 9000 "$work/users_json.so" >"$folder/users_half.so"
cp "$work/users_json.so" "$folder/users_twice.so" || exit 99
check 'list with plugins that cannot be used' 0 "$userhost" --directory="$folder" list
sed -n '1,/^-.*twice/p' "$work/out" >"$work/table"
diff -u - "$work/table" >"$work/difference" <<END
plugin              instance  version  verdict          file
users_next 1.0.0    json      2.1      interface-major  $folder/users_next.so
users_json 1.0.0    json      1.1      accepted         $folder/users_json.so
users_sqlite 1.0.0  sqlite    1.1      accepted         $folder/users_sqlite.so
-                   -         -        elf-truncated    $folder/users_half.so
-                   -         -        plugin-hidden    $folder/users_twice.so
END
ok $? 'list shows why' "$work/difference"
contains 'list tells the reason of a refused plugin' 'built against 2.1, the host has 1.1'
contains 'list tells the reason of a file that is none' '[elf-truncated]'
rm "$folder/users_json.so" "$folder/users_sqlite.so" "$folder/users_half.so" "$folder/users_twice.so"
check 'list where nothing can be used' 1 "$userhost" --directory="$folder" list
rm "$folder/users_next.so"

check 'list with words' 2 "$userhost" list users
check 'list with --idp' 2 "$userhost" --idp="$login" list
check 'list with --queries' 2 "$userhost" --queries=1 list

# ---- serve ----

plugin=users_json.so data=users.json
ask 'serve a number of queries' 0 --queries=1000 serve </dev/null
contains 'both threads are answered' 'users_json 1.0.0 answers: thread 1: '
[ "$(tail -n 1 "$work/out")" = '1000 queries, 0 failed' ]
ok $? 'as many as were asked for' "$work/out"
ask 'serve one query' 0 --queries=1 serve
contains 'one query is one' '1 queries, 0 failed'
printf '[]' >"$work/empty.json"
data=empty.json
ask 'serve nobody' 0 --queries=10 serve
contains 'nobody is an answer' ': 0 users'
data=users.json
ask 'serve no queries' 2 --queries=0 serve
ask 'serve some queries' 2 --queries=some serve
ask 'serve less than none' 2 --queries=-1 serve
ask 'a number of queries where it does not go' 2 --queries=1 count
ask 'serve of somebody' 2 serve bilal
ask 'serve at the end of standard input' 0 serve </dev/null
contains 'the end of standard input is an end' ' queries, 0 failed'

mkfifo "$work/input" || exit 99
# serve: starts it; its standard input is descriptor 3
serve() {
    : >"$work/out"
    "$userhost" --directory="$folder" --plugin=users_json --data="$work/served.json" serve <"$work/input" \
        >"$work/out" 2>&1 &
    server=$!
    exec 3>"$work/input"
}
# await NAME COUNT: passes when the server has shown that many answers; a minute or more without is a failure
await() {
    tries=600
    while [ "$(grep -c ' answers: ' "$work/out")" -lt "$2" ] && kill -0 "$server" 2>"$work/null" && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
    [ "$(grep -c ' answers: ' "$work/out")" -eq "$2" ]
    ok $? "$1" "$work/out"
}
# ended NAME: whether it ends, as one that was told to
ended() {
    status=0
    wait "$server" || status=$?
    [ $status -eq 0 ] && tail -n 1 "$work/out" | grep -qx '[0-9]* queries, 0 failed'
    ok $? "$1" "$work/out"
}
# renamed FILE: renamed over the plugin
renamed() {
    cp "$1" "$folder/.new" && mv "$folder/.new" "$folder/users_json.so"
}

renamed "$work/users_json.so"
cp "$work/users.json" "$work/served.json" || exit 99
serve
await 'serve answers' 1
contains 'with everybody' 'users_json 1.0.0 answers: thread 1: 15 users, thread 2: 15 users'

printf '[{"id": {"idp": "i", "opaque_id": "o"}, "username": "u", "mail": "", "display_name": "", "groups": []}]' \
    >"$work/served.json"
numbered 's/version=1\.0\.0/version=1.1.0/' "$work/newer.so"
renamed "$work/newer.so"
await 'a newer build is taken' 2
contains 'the newer build answers' 'users_json 1.1.0 answers: thread 1: 1 users, thread 2: 1 users'
contains 'the old build is gone' 'reloaded: the old build is unloaded'
inode=$(stat -c %i "$folder/users_json.so")
grep 'users_json.*\.so' "/proc/$server/maps" >"$work/maps"
[ -s "$work/maps" ] && ! grep -v " $inode  *$folder/users_json.so$" "$work/maps" >"$work/difference"
ok $? 'nothing else than the newer file is mapped' "$work/difference"

head -c 9000 "$work/users_json.so" >"$work/half.so"
renamed "$work/half.so"
await 'a file that was cut short is not taken' 3
contains 'it is told' '[elf-truncated]'
numbered 's/version=1\.1/version=2.1/' "$work/next.so"
renamed "$work/next.so"
await 'a build for another host is not taken' 4
contains 'it is told too' '[interface-major]'
printf '[' >"$work/served.json"
renamed "$work/newer.so"
await 'a build that does not start is not taken' 5
contains 'its message is told' "$work/served.json:1: '{' expected"
[ "$(grep -c 'not reloaded: the old build goes on' "$work/out")" -eq 3 ] &&
    [ "$(grep -c 'users_json 1.1.0 answers: thread 1: 1 users, thread 2: 1 users' "$work/out")" -eq 4 ]
ok $? 'each time the old build goes on' "$work/out"

cp "$work/users.json" "$work/served.json" || exit 99
renamed "$work/users_json.so"
await 'and a good build is taken again' 6
[ "$(grep -c 'users_json 1.0.0 answers: thread 1: 15 users, thread 2: 15 users' "$work/out")" -eq 2 ]
ok $? 'with its answer' "$work/out"
exec 3>&-
ended 'no query failed, and the end of standard input ends it'

for signal in INT TERM; do
    serve
    await "serve answers before SIG$signal" 1
    kill -s $signal "$server"
    ended "SIG$signal ends it"
    exec 3>&-
done

if [ -w /dev/full ]; then
    status=0
    "$userhost" --plugin="$work/users_json.so" --data="$work/users.json" find '' >/dev/full 2>"$work/out" || status=$?
    [ "$status" -eq 3 ] && grep -q 'standard output' "$work/out"
    ok $? 'output that cannot be written is told' "$work/out"
else
    skip 'output that cannot be written is told' 'there is no /dev/full'
fi

done_testing
