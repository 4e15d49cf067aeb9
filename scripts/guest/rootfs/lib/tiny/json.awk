# JSON on stdin; on stdout one "path<TAB>value" line for each string, number and word in it:
# {"keys": [{"name": "a"}]} gives "keys.0.name<TAB>a".  Control characters become blanks, so
# that a value is one line, and escapes beyond ASCII question marks.

{ json = json $0 "\n" }

END { value("") }

# The token at the front of json, taken off it
function token(    text) {
    sub(/^[ \t\r\n]+/, "", json)
    if (match(json, /^"([^"\\]|\\.)*"/) || match(json, /^[-+.a-zA-Z0-9]+/)) {
        text = substr(json, 1, RLENGTH)
    } else {
        text = substr(json, 1, 1)
    }
    json = substr(json, length(text) + 1)
    return text
}

function value(path,    text) {
    text = token()
    if (text == "{" || text == "[") {
        members(path, text)
    } else if (text != "") {
        print path "\t" plain(text)
    }
}

# All up to the closing bracket; json is cut off if it ends before that
function members(path, opening,    text, name, count) {
    while (json != "") {
        if (match(json, /^[ \t\r\n]*[]}]/)) {
            token()
            return
        }
        if (opening == "{") {
            name = plain(token())
            token()     # the colon
        } else {
            name = count++ + 0
        }
        value(path == "" ? name : path "." name)
        if (match(json, /^[ \t\r\n]*,/)) token()
    }
}

# A string without its quotes and escapes; anything else as it is
function plain(text,    result, code) {
    if (text !~ /^"/) return text
    text = substr(text, 2, length(text) - 2)
    while (match(text, /\\(u....|.)/)) {
        result = result substr(text, 1, RSTART - 1)
        code = substr(text, RSTART + 1, RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        result = result unescaped(code)
    }
    return result text
}

function unescaped(code,    number) {
    if (code ~ /^u/) {
        number = hex(substr(code, 2))
        return number < 32 ? " " : number < 127 ? sprintf("%c", number) : "?"
    }
    return code ~ /[bfnrt]/ ? " " : code
}

function hex(digits,    i, number) {
    for (i = 1; i <= length(digits); i++) {
        number = number * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
    }
    return number
}
