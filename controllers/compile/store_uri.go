package compile

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// storeParts is the URI of a store taken apart. The parser of package url knows no list of hosts.
type storeParts struct {
	// url has no host.
	url url.URL
	// hosts, each with or without a port.
	hosts []string
}

// parseStore takes a URI apart. ok is false where it is none, or names no host.
func parseStore(text string) (parts storeParts, ok bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return storeParts{}, false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	at := strings.LastIndexByte(authority, '@') + 1
	u, err := url.Parse(scheme + "://" + authority[:at] + "host" + tail)
	if err != nil {
		return storeParts{}, false
	}
	u.Host = ""
	parts = storeParts{url: *u, hosts: strings.Split(authority[at:], ",")}
	return parts, parts.sound()
}

// sound says whether every host is one, and a port a number.
func (p storeParts) sound() bool {
	for i, h := range p.hosts {
		p.hosts[i] = strings.TrimSpace(h)
		u, err := url.Parse("store://" + p.hosts[i])
		if err != nil || u.Hostname() == "" || u.Host != p.hosts[i] {
			return false
		}
		if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
			return false
		}
	}
	return len(p.hosts) > 0
}

// withPort gives a port to each host that has none. IPv6 addresses may lack their brackets: as entries of a Secret they most often do.
func (p storeParts) withPort(port string) storeParts {
	p.hosts = slices.Clone(p.hosts)
	for i, h := range p.hosts {
		h = strings.TrimSpace(h)
		if _, _, err := net.SplitHostPort(h); err != nil {
			p.hosts[i] = net.JoinHostPort(strings.Trim(h, "[]"), port)
		}
	}
	return p
}

// all is the URI with all hosts, separated by commas.
func (p storeParts) all() string {
	u := p.url
	u.Host = strings.Join(p.hosts, ",")
	return u.String()
}
