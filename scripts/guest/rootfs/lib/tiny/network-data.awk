# From network_data ("path<TAB>value" lines), what interface `mac` is to have, one fact a line:
#   mode dhcp|static    mtu BYTES    address ADDRESS NETMASK    route NETWORK NETMASK GATEWAY
#   dns ADDRESS
# Nothing if the interface is not mentioned.

BEGIN { FS = "\t" }

{
    of[$1] = $2
    split($1, part, ".")
    if (part[1] == "links") links[part[2]]
    if (part[1] == "networks") networks[part[2]]
}

END {
    for (l in links) {
        if (tolower(of["links." l ".ethernet_mac_address"]) == tolower(mac)) link = l
    }
    if (link == "") exit
    if (of["links." link ".mtu"] + 0) print "mtu " of["links." link ".mtu"]
    for (n in networks) {
        if (of["networks." n ".link"] == of["links." link ".id"]) network("networks." n ".")
    }
}

function network(at,    i, route, service) {
    if (of[at "type"] !~ /^ipv4/) return
    print "mode " (of[at "type"] == "ipv4" ? "static" : "dhcp")
    if (of[at "ip_address"] != "") print "address " of[at "ip_address"] " " of[at "netmask"]
    if (of[at "gateway"] != "") print "route 0.0.0.0 0.0.0.0 " of[at "gateway"]
    for (i = 0; (route = at "routes." i ".") "network" in of; i++) {
        print "route " of[route "network"] " " of[route "netmask"] " " of[route "gateway"]
    }
    for (i = 0; (service = at "services." i ".") "type" in of; i++) {
        if (of[service "type"] == "dns") print "dns " of[service "address"]
    }
}
