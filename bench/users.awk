# SPDX-License-Identifier: MIT
# users.awk: as many users as the variable count says, of the shape of plugins/users/users.json
function base64(text,    word, i, result) {
    word = 0
    for (i = 1; i <= 3; i++)
        word = word * 256 + 48 + substr(text, i, 1) # a digit
    for (i = 0; i < 4; i++) {
        result = substr(alphabet, word % 64 + 1, 1) result
        word = int(word / 64)
    }
    return result
}

BEGIN {
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    firsts = split("Aroha Bilal Chiara Djordje Eunji Fatou Gwen Hassan Ixchel Jonas Kavya Lucia Mateo Noor Oskar", first)
    lasts = split("Ngata Haddad Conti Petrovic Park Diop Rees Amin Tun Berg Iyer Rossi Cruz Khan Lind", last)
    groups = split("board staff physics library guests", group)
    print "["
    for (i = 0; i < count; i++) {
        given = first[i % firsts + 1]
        family = last[int(i / firsts) % lasts + 1]
        same = int(i / firsts / lasts) # others of that name before
        username = tolower(given "." family) (same > 0 ? same : "")
        number = 100000 + i
        printf "  {\"id\": {\"idp\": \"https://login.example.org\", \"opaque_id\": \"%08x\"},", i * 2654435761 % 4294967296
        printf " \"username\": \"%s\", \"mail\": \"%s@example.org\",", username, username
        printf " \"display_name\": \"%s %s\",", given, family
        printf " \"groups\": [\"%s\", \"%s\"],", group[i % groups + 1], group[(i + 1 + int(i / groups) % 4) % groups + 1]
        printf " \"opaque\": {\"uid\": {\"decoder\": \"plain\", \"value\": \"%s%s\"}}}%s\n", base64(substr(number, 1, 3)),
               base64(substr(number, 4, 3)), i + 1 < count ? "," : ""
    }
    print "]"
}
