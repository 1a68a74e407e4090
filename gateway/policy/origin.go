package policy

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// fromHere returns an *fault.Error of status 403 for a request that a web page from another machine makes.
func fromHere(h http.Header) error {
	if !foreign(h) {
		return nil
	}
	return &fault.Error{
		Status: http.StatusForbidden, Code: "origin_not_allowed",
		Message: "This gateway has no API key and serves no web pages from other machines. Start it with a key to serve them, or name them in spec.cors of its Gateway.",
	}
}

// foreign says whether a web page from another machine makes the request. A browser lets every page send requests to the machine
// that it runs on, and a page whose host name turns into this machine's address (DNS rebinding) may read the answers as well. Each
// POST of a page says where the page is from; SDKs and curl say nothing. Applications that are no pages have schemes of their own.
func foreign(h http.Header) bool {
	values := h["Origin"]
	if len(values) == 0 {
		return false
	}
	u, err := url.Parse(values[0])
	// `null` is what a page in a sandbox says.
	if err != nil || u.Scheme == "" || len(values) > 1 {
		return true
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.IsLoopback()
}
