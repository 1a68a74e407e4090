package cache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Directives are what one request wants of the cache.
type Directives struct {
	// NoCache says that the answer must be made anew. It is kept all the same.
	NoCache bool
	// NoStore says that the answer must not be kept.
	NoStore bool
	// TTL is how long the answer may be kept; 0 is as long as the alias says.
	TTL time.Duration
	// MaxAge is how old an answer may be; 0 is any age.
	MaxAge time.Duration
	// Namespace tells the answers of requests that name it from those of others.
	Namespace string
}

// Lifetime is how long the answer is kept: as long as the alias says, or shorter where the request wants that.
func (d *Directives) Lifetime(built time.Duration) time.Duration {
	if d.TTL > 0 {
		return min(d.TTL, built)
	}
	return built
}

// Alone says that the request neither waits for the answer of another nor lets others wait for its own.
func (d *Directives) Alone() bool { return d.NoCache || d.NoStore }

// DirectivesOf reads the `Cache-Control` header (no-cache, no-store, max-age) and the member `cache` of a body that was scanned, which is
// LiteLLM's way: an object of `no-cache`, `no-store`, `ttl`, `s-maxage` in seconds, `namespace`, and `use-cache`, which false is both of
// the first two. What else is in the header or the object is left alone. field is where the member stands, for Range.Cut: no upstream
// knows it. The error is a *fault.Error, a 400 for a member that is not what it should be.
//
// Source of the member: https://docs.litellm.ai/docs/proxy/caching
func DirectivesOf(h http.Header, body []byte) (d Directives, field Range, err error) {
	for _, v := range h["Cache-Control"] {
		d.header(v)
	}
	if field, err = d.member(body); err != nil {
		return Directives{}, Range{}, err
	}
	return d, field, nil
}

// header reads one value of Cache-Control. A max-age that is no number means that no stored answer is young enough, as a malformed one
// makes an answer stale in HTTP. Source: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
func (d *Directives) header(value string) {
	for directive := range strings.SplitSeq(value, ",") {
		name, arg, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-cache":
			d.NoCache = true
		case "no-store":
			d.NoStore = true
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(arg, `"`), 10, 63)
			if err != nil {
				seconds = 0
			}
			d.age(float64(seconds))
		}
	}
}

// age notes how old an answer may be, in seconds. The shorter of two counts.
func (d *Directives) age(seconds float64) {
	age := duration(seconds)
	switch {
	case age == 0:
		d.NoCache = true
	case d.MaxAge == 0 || age < d.MaxAge:
		d.MaxAge = age
	}
}

// longest is what a longer time is cut to, which no answer is kept for.
const longest = 366 * 24 * time.Hour

func duration(seconds float64) time.Duration {
	if seconds >= longest.Seconds() {
		return longest
	}
	return time.Duration(seconds * float64(time.Second))
}
