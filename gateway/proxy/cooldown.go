package proxy

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// coolMost is the longest time that an upstream can keep requests away with a header.
	coolMost = time.Minute
	// coolBare is how long after a 429 that does not say when to come back.
	coolBare = time.Second
)

// cool keeps requests away from a model that has had too many, for as long as the upstream asks. Other models of the alias are not
// concerned.
func (a *attempt) cool(status int, asked time.Duration) {
	if asked <= 0 && status == http.StatusTooManyRequests {
		asked = coolBare
	}
	if asked > 0 && (status == http.StatusTooManyRequests || status >= http.StatusInternalServerError) {
		a.target.Load.Cool(time.Now().Add(min(asked, coolMost)))
	}
}

// retryAfter is when an upstream wants to be asked again: Retry-After-Ms, or Retry-After in seconds or as a date, which is compared with
// the upstream's own clock where it tells the time. It is at most coolMost, and 0 where the headers say nothing, or nothing that makes
// sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if after := decimal(first(h, "Retry-After-Ms"), time.Millisecond); after > 0 {
		return after
	}
	v := first(h, "Retry-After")
	if after := decimal(v, time.Second); after > 0 {
		return after
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if theirs, err := http.ParseTime(first(h, "Date")); err == nil {
		now = theirs
	}
	return min(max(at.Sub(now), 0), coolMost)
}

// decimal reads a number without a sign.
func decimal(text string, unit time.Duration) time.Duration {
	if strings.Trim(text, "0123456789.") != "" {
		return 0
	}
	// What is too large is reported as an error together with infinity, which is cut off like any other number; nothing else has a
	// value.
	n, _ := strconv.ParseFloat(text, 64)
	return time.Duration(min(n*float64(unit), float64(coolMost)))
}

func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}
