#!/bin/sh
# SPDX-License-Identifier: MIT
# run-users.sh: userhost, with both plugins that provide users: the same questions, the same answers.
# shellcheck shell=sh disable=SC2154 # the variables are set by make and by tap.sh
. "$top_srcdir/tests/tap.sh"

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

if [ -w /dev/full ]; then
    status=0
    "$userhost" --plugin="$work/users_json.so" --data="$work/users.json" find '' >/dev/full 2>"$work/out" || status=$?
    [ "$status" -eq 3 ] && grep -q 'standard output' "$work/out"
    ok $? 'output that cannot be written is told' "$work/out"
else
    skip 'output that cannot be written is told' 'there is no /dev/full'
fi

done_testing
